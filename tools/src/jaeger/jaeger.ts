import { type GoProgram, goProgram } from '../local/go-program.js';
import { startTemporaryServer } from '../local/temporary-server.js';

const program: GoProgram = {
  name: 'jaeger',
  module: 'github.com/jaegertracing/jaeger',
  version: 'v1.76.0',
  folder: 'cmd/all-in-one',
  takes: 'about 3 minutes',
  instead: 'run `docker compose up`',
};

/** How many traces are kept. A new trace replaces the oldest. By default Jaeger has no limit. */
const MAX_TRACES = 50_000;

export interface JaegerOptions {
  /** The port on 127.0.0.1 for spans by OTLP over gRPC. Default: a free port. */
  readonly otlpGrpcPort?: number;
  /** The port on 127.0.0.1 for spans by OTLP over HTTP. Default: a free port. */
  readonly otlpHttpPort?: number;
  /** The port on 127.0.0.1 of the query API. Default: a free port. */
  readonly queryPort?: number;
  /** Called with lines about progress, and with Jaeger's log lines. Default: they are dropped. */
  readonly log?: (line: string) => void;
}

/** A running Jaeger, bound to loopback, with its traces in memory. */
export interface Jaeger {
  /** For an exporter of OTLP over gRPC: `http://127.0.0.1:port`. */
  readonly otlpGrpcUrl: string;
  /** For an exporter of OTLP over HTTP: `http://127.0.0.1:port`, to which `/v1/traces` is added. */
  readonly otlpHttpUrl: string;
  /** Of the query API: `http://127.0.0.1:port`, to which `/api/traces` is added. There is no web page in this build. */
  readonly queryUrl: string;
  readonly pid: number | undefined;
  /** Stops it, and forgets its traces. Closing twice is harmless. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Builds Jaeger, unless it is built already, and returns the path of its program. {@link startJaeger} does this too. A test calls
 * this function first, because the build takes minutes.
 *
 * @throws {CommandError} if Go is missing or the build fails.
 */
export function buildJaeger(log?: (line: string) => void): Promise<string> {
  return goProgram(program, log);
}

/**
 * Starts Jaeger all-in-one on this machine, without Docker, and resolves when it takes spans and answers queries. Needs Go the first
 * time. If this process ends without `close`, Jaeger ends too.
 *
 * @throws {RangeError} if a number is not a port.
 * @throws {CommandError} if Jaeger cannot be built.
 * @throws {ServerStartError} if Jaeger does not start; its last log lines are in the message.
 */
export async function startJaeger(options: JaegerOptions = {}): Promise<Jaeger> {
  const { log = () => {} } = options;
  const command = await buildJaeger(log);
  const server = await startTemporaryServer({
    name: 'Jaeger',
    ports: {
      otlpGrpcPort: options.otlpGrpcPort,
      otlpHttpPort: options.otlpHttpPort,
      queryPort: options.queryPort,
      // Nobody uses these four. Without this they would listen at fixed ports, on all addresses.
      queryGrpc: undefined,
      collectorGrpc: undefined,
      collectorHttp: undefined,
      admin: undefined,
    },
    prepare: async (ports) => ({
      command,
      args: [
        `--collector.otlp.grpc.host-port=127.0.0.1:${ports.otlpGrpcPort}`,
        `--collector.otlp.http.host-port=127.0.0.1:${ports.otlpHttpPort}`,
        `--query.http-server.host-port=127.0.0.1:${ports.queryPort}`,
        `--query.grpc-server.host-port=127.0.0.1:${ports.queryGrpc}`,
        `--collector.grpc-server.host-port=127.0.0.1:${ports.collectorGrpc}`,
        `--collector.http-server.host-port=127.0.0.1:${ports.collectorHttp}`,
        `--admin.http.host-port=127.0.0.1:${ports.admin}`,
        `--memory.max-traces=${MAX_TRACES}`,
      ],
      // Otherwise Jaeger's own traces of queries would be among ours.
      env: { SPAN_STORAGE_TYPE: 'memory', OTEL_TRACES_SAMPLER: 'always_off', OTEL_SDK_DISABLED: 'true' },
      // Logged once the collector and the query service listen.
      readyText: '"msg":"Health Check state change","status":"ready"',
      ifMissing: 'Its file was removed meanwhile; start again.',
    }),
    log,
  });
  const url = (port: number) => `http://127.0.0.1:${port}`;
  const { ports, pid, close } = server;
  return {
    otlpGrpcUrl: url(ports.otlpGrpcPort),
    otlpHttpUrl: url(ports.otlpHttpPort),
    queryUrl: url(ports.queryPort),
    pid,
    close,
    [Symbol.asyncDispose]: close,
  };
}
