import { parseArgs } from 'node:util';
import { logTo } from '@wherry/cli/internal';
import { buildJaeger, type JaegerOptions, startJaeger } from './jaeger/jaeger.js';
import { portOption, readCommandLine, runInTerminal, runMain } from './local/in-terminal.js';

const HELP = `Runs a real Jaeger on this machine, without Docker. The first time it builds Jaeger, which needs Go.

  npm run jaeger -- [--otlp-grpc PORT] [--otlp-http PORT] [--query PORT]
  npm run jaeger -- --build

  --otlp-grpc  the port for spans by OTLP over gRPC, 4317 by default
  --otlp-http  the port for spans by OTLP over HTTP, 4318 by default
  --query      the port of the query API, 16686 by default
  --build      only builds Jaeger, unless it is built already
  --help       this text

When it is ready, it prints its first three lines on standard output: otlp.grpc=URL, otlp.http=URL and query=URL.
This build has no web page: use \`wherry trace\`. It keeps its traces in memory. Ctrl-C stops it.`;

function readOptions(): JaegerOptions | 'build' | 'help' {
  const { values } = parseArgs({
    options: {
      'otlp-grpc': { type: 'string', default: '4317' },
      'otlp-http': { type: 'string', default: '4318' },
      query: { type: 'string', default: '16686' },
      build: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.build) return 'build';
  return {
    otlpGrpcPort: portOption('otlp-grpc', values['otlp-grpc']),
    otlpHttpPort: portOption('otlp-http', values['otlp-http']),
    queryPort: portOption('query', values.query),
  };
}

async function main(): Promise<void> {
  const options = readCommandLine(readOptions);
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  if (options === 'build') {
    console.log(await buildJaeger(logTo('jaeger')));
    return;
  }
  await runInTerminal(
    'jaeger',
    (log) => startJaeger({ ...options, log }),
    (jaeger) => {
      console.log(`otlp.grpc=${jaeger.otlpGrpcUrl}`);
      console.log(`otlp.http=${jaeger.otlpHttpUrl}`);
      console.log(`query=${jaeger.queryUrl}`);
      console.log('Jaeger is up. Stop it with Ctrl-C.');
    },
  );
}

runMain(main);
