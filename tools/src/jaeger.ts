import { parseArgs } from 'node:util';
import { buildJaeger, type JaegerOptions, startJaeger } from './jaeger/jaeger.js';
import { portOption, runInTerminal, runMain } from './local/in-terminal.js';

const HELP = `Runs a real Jaeger on this machine, without Docker. Needs Go, the first time, when it is built.

  npm run jaeger -- [--otlp-grpc PORT] [--otlp-http PORT] [--query PORT]
  npm run jaeger -- --build

  --otlp-grpc  where spans come in by OTLP over gRPC, 4317 by default
  --otlp-http  where spans come in by OTLP over HTTP, 4318 by default
  --query      where traces are asked for, 16686 by default
  --build      only builds it, where that was not done yet
  --help       this text

The first three lines on standard output, once it is ready: otlp.grpc=URL, otlp.http=URL and query=URL
This build has no web page: look with \`wherry trace\`. Its traces are in memory. Ctrl-C stops it.`;

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
  const options = readOptions();
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  const log = (line: string) => console.error(line);
  if (options === 'build') {
    console.log(await buildJaeger(log));
    return;
  }
  await runInTerminal(
    () => startJaeger({ ...options, log }),
    (jaeger) => {
      console.log(`otlp.grpc=${jaeger.otlpGrpcUrl}`);
      console.log(`otlp.http=${jaeger.otlpHttpUrl}`);
      console.log(`query=${jaeger.queryUrl}`);
      console.log('Jaeger is up. Stop it with Ctrl-C.');
    },
  );
}

runMain(main);
