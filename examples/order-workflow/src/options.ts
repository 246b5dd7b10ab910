import { parseArgs } from 'node:util';

export const HELP = `Three services that call each other over Kafka, four orders, and the trace of the first.

  npm run orders -- [--brokers HOST:PORT] [--namespace NAME] [--otlp URL]

  --brokers    a real Kafka; without it a broker is started inside this process
  --namespace  how the names of all topics begin; "wherry" by default
  --otlp       where traces are sent by OTLP over HTTP, to Jaeger say: http://localhost:4318
  --help       this text

Exit code: 0, 1 where something failed that should not, 2 for wrong arguments.`;

export interface Options {
  readonly brokers: string | undefined;
  readonly namespace: string;
  readonly otlp: string | undefined;
}

/** @throws TypeError where an argument is unknown, or is not what it should be. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      brokers: { type: 'string' },
      namespace: { type: 'string', default: 'wherry' },
      otlp: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { brokers, namespace, otlp, help } = values;
  if (otlp !== undefined && !/^https?:\/\/.+/.test(otlp)) {
    throw new TypeError(`--otlp is ${otlp}; it must be a URL such as http://localhost:4318`);
  }
  return help ? 'help' : { brokers, namespace, otlp };
}
