import { parseArgs } from 'node:util';

export const HELP = `Three services that call each other over Kafka, four orders, and the trace of the first.

  npm run orders -- [--brokers HOST:PORT] [--namespace NAME] [--otlp URL]

  --brokers    address of a real Kafka; without it the program starts a broker inside its process
  --namespace  prefix of all topic names; "wherry" by default
  --otlp       send traces to this URL by OTLP over HTTP, for example to Jaeger: http://localhost:4318
  --help       print this text

Exit code: 0; 1 after an unexpected failure; 2 for wrong arguments.`;

export interface Options {
  readonly brokers: string | undefined;
  readonly namespace: string;
  readonly otlp: string | undefined;
}

/** @throws TypeError if an argument is unknown or malformed. */
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
