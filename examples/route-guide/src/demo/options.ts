import { parseArgs } from 'node:util';
import { checkOtlp } from '../tracing.js';

/** The default address of the gateway. Every gRPC tutorial uses this port. */
export const DEFAULT_LISTEN = '127.0.0.1:50051';
export const DEFAULT_NAMESPACE = 'wherry';

export const HELP = `Shows gRPC calls of all four kinds crossing Kafka: two Route Guide workers, a gateway, and a client that
makes each kind of call over the channel and through the gateway.

  npm start -- [--once] [--brokers HOST:PORT] [--listen HOST:PORT] [--namespace NAME] [--otlp URL]

  --once       end after the calls; exit code 0 if every answer was right, 1 otherwise
  --brokers    address of a real Kafka; without it the demo starts a broker inside its process
  --listen     address of the gateway; ${DEFAULT_LISTEN} by default, port 0 for any free port
  --namespace  prefix of all topic names; "${DEFAULT_NAMESPACE}" by default
  --otlp       send traces to this URL by OTLP over HTTP, for example to Jaeger: http://localhost:4318
  --help       print this text`;

export interface DemoOptions {
  readonly once: boolean;
  /** Undefined: the demo starts a broker. */
  readonly brokers: string | undefined;
  readonly listen: string;
  readonly namespace: string;
  /** Undefined: nothing is traced. */
  readonly otlp: string | undefined;
}

/** @throws TypeError if an argument is unknown or malformed. */
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
