import { type GoProgram, goProgram } from '../local/go-program.js';
import { startTemporaryServer } from '../local/temporary-server.js';

const program: GoProgram = {
  name: 'jaeger',
  module: 'github.com/jaegertracing/jaeger',
  version: 'v1.76.0',
  folder: 'cmd/all-in-one',
  takes: 'about 3 minutes',
};

/** Traces that are kept; the oldest goes for a new one. Jaeger itself has no bound by default. */
const MAX_TRACES = 50_000;

export interface JaegerOptions {
  /** Where spans come in by OTLP over gRPC, on 127.0.0.1. Default: a port found free. */
  readonly otlpGrpcPort?: number;
  /** Where spans come in by OTLP over HTTP, on 127.0.0.1. Default: a port found free. */
  readonly otlpHttpPort?: number;
  /** Where traces are asked for, on 127.0.0.1. Default: a port found free. */
  readonly queryPort?: number;
  /** Hears about progress, and what Jaeger logs. Default: nobody does. */
  readonly log?: (line: string) => void;
}

/** A running Jaeger of its own, bound to loopback, with its traces in memory. */
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
 * Builds Jaeger where that was not done yet, and gives the path of its program. {@link startJaeger} does it too; a test does
 * it before, as it takes minutes.
 *
 * @throws {CommandError} when there is no Go or the build fails.
 */
export function buildJaeger(log?: (line: string) => void): Promise<string> {
  return goProgram(program, log);
}

/**
 * Starts Jaeger all-in-one on this machine, without Docker, and resolves when it takes spans and answers. Needs Go the first
 * time. If this process ends without `close`, Jaeger goes with it.
 *
 * @throws {RangeError} when a port is none.
 * @throws {CommandError} when Jaeger cannot be built.
 * @throws {ServerStartError} when it does not come up; its last log lines are in the message.
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
      // These four are nobody's, but would be open to all on fixed ports.
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
      // Its own traces, of the queries it answers, would be among ours.
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
