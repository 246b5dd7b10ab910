import { parseArgs } from 'node:util';
import { checkOtlp } from '../tracing.js';

/** Where the gateway listens unless told otherwise: the port of every gRPC tutorial. */
export const DEFAULT_LISTEN = '127.0.0.1:50051';
export const DEFAULT_NAMESPACE = 'wherry';

export const HELP = `Shows gRPC calls of all four kinds crossing Kafka: two Route Guide workers, a gateway, and a client that
makes each kind of call over the channel and through the gateway.

  npm start -- [--once] [--brokers HOST:PORT] [--listen HOST:PORT] [--namespace NAME] [--otlp URL]

  --once       end after the calls; exit code 0 where all were answered right, 1 otherwise
  --brokers    a real Kafka; without it a broker is started inside this process
  --listen     where the gateway listens; ${DEFAULT_LISTEN} by default, port 0 for any free one
  --namespace  how the names of all topics begin; "${DEFAULT_NAMESPACE}" by default
  --otlp       where traces are sent by OTLP over HTTP, to Jaeger say: http://localhost:4318
  --help       this text`;

export interface DemoOptions {
  readonly once: boolean;
  /** Undefined: a broker of its own. */
  readonly brokers: string | undefined;
  readonly listen: string;
  readonly namespace: string;
  /** Undefined: nothing is traced. */
  readonly otlp: string | undefined;
}

/** @throws TypeError where an argument is unknown, or is not what it should be. */
export function readOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      brokers: { type: 'string' },
      listen: { type: 'string', default: DEFAULT_LISTEN },
      namespace: { type: 'string', default: DEFAULT_NAMESPACE },
      otlp: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { once, brokers, listen, namespace, otlp, help } = values;
  return help ? 'help' : { once, brokers, listen, namespace, otlp: checkOtlp(otlp) };
}
