import { parseArgs } from 'node:util';
import { logTo } from '@wherry/cli/internal';
import { portOption, readCommandLine, runInTerminal, runMain } from './local/in-terminal.js';
import { buildPrometheus, type PrometheusOptions, startPrometheus } from './prometheus/prometheus.js';

const HELP = `Runs a real Prometheus on this machine, without Docker. The first time it builds Prometheus, which needs Go.

  npm run prometheus -- [--port PORT] [--target HOST:PORT ...]
  npm run prometheus -- --build

  --port    the port of the query API, 9090 by default
  --target  a program that serves /metrics, 127.0.0.1:9464 by default; may be repeated
  --build   only builds Prometheus, unless it is built already
  --help    this text

When it is ready, it prints its first line on standard output: url=URL.
This build has no web page: send queries to URL/api/v1/query?query=... Its data is temporary. Ctrl-C stops it.`;

function readOptions(): PrometheusOptions | 'build' | 'help' {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9090' },
      target: { type: 'string', multiple: true, default: ['127.0.0.1:9464'] },
      build: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.build) return 'build';
  for (const target of values.target) {
    if (!/^[^\s/:]+:\d+$/.test(target)) throw new Error(`--target is ${target}; it must be HOST:PORT`);
  }
  return { port: portOption('port', values.port), targets: values.target };
}

async function main(): Promise<void> {
  const options = readCommandLine(readOptions);
  if (options === 'help') {
    console.log(HELP);
  } else if (options === 'build') {
    console.log(await buildPrometheus(logTo('prometheus')));
  } else {
    await runInTerminal(
      'prometheus',
      (log) => startPrometheus({ ...options, log }),
      ({ url }) => {
        console.log(`url=${url}`);
        console.log('Prometheus is up. Stop it with Ctrl-C.');
      },
    );
  }
}

runMain(main);
