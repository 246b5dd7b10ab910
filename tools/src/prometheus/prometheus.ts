import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GoProgram, goProgram } from '../local/go-program.js';
import { startTemporaryServer } from '../local/temporary-server.js';

const program: GoProgram = {
  name: 'prometheus',
  module: 'github.com/prometheus/prometheus',
  version: 'v0.316.0', // Prometheus 3.16.0: the Go module's versions write 3.16 as 0.316
  folder: 'cmd/prometheus',
  // Leaves out the discovery of targets in clouds, which is most of the program.
  tags: 'remove_all_sd',
  takes: 'about 3 minutes',
  instead: 'run `docker compose up`',
};

export interface PrometheusOptions {
  /** The port on 127.0.0.1 of the query API. Default: a free port. */
  readonly port?: number;
  /** The servers that it scrapes: `host:port` of programs with `/metrics`. Default: none, because metrics come by OTLP. */
  readonly targets?: readonly string[];
  /** How often it scrapes, in milliseconds. Default: 1000. */
  readonly scrapeIntervalMs?: number;
  /** Called with lines about progress, and with Prometheus's log lines. Default: they are dropped. */
  readonly log?: (line: string) => void;
}

/** A running Prometheus, bound to loopback, with temporary data. */
export interface Prometheus {
  /** The URL of its query API: `http://127.0.0.1:port`, to which `/api/v1/query` is added. It has no web page. */
  readonly url: string;
  /** The URL for an exporter of OTLP over HTTP. `/v1/metrics` is added to this URL. */
  readonly otlpHttpUrl: string;
  readonly pid: number | undefined;
  /** Stops it and removes its data. Closing twice is harmless. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Builds Prometheus, unless it is built already, and returns the path of its program. {@link startPrometheus} does this too. A test
 * calls this function first, because the build takes minutes.
 *
 * @throws {CommandError} if Go is missing or the build fails.
 */
export function buildPrometheus(log?: (line: string) => void): Promise<string> {
  return goProgram(program, log);
}

/**
 * Starts Prometheus on this machine, without Docker, and resolves when it answers. Needs Go the first time. If this process
 * ends without `close`, Prometheus ends too.
 *
 * @throws {RangeError} if an option is wrong.
 * @throws {CommandError} if Prometheus cannot be built.
 * @throws {ServerStartError} if Prometheus does not start; its last log lines are in the message.
 */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<Prometheus> {
  const { targets = [], scrapeIntervalMs = 1000, log = () => {} } = options;
  if (!(Number.isInteger(scrapeIntervalMs) && scrapeIntervalMs >= 1)) {
    throw new RangeError(`scrapeIntervalMs is ${scrapeIntervalMs}; it must be a whole number above 0`);
  }
  const command = await buildPrometheus(log);
  const { ports, pid, close } = await startTemporaryServer({
    name: 'Prometheus',
    ports: { port: options.port },
    prepare: async ({ port }, folder) => {
      const configFile = join(folder, 'prometheus.yml');
      await writeFile(configFile, await settings(targets, scrapeIntervalMs));
      return {
        command,
        args: [
          `--config.file=${configFile}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--web.enable-otlp-receiver',
          // Otherwise Prometheus first waits for changes of the targets, and these never change.
          '--scrape.discovery-reload-interval=100ms',
        ],
        readyText: 'Server is ready to receive web requests',
        ifMissing: 'Its file was removed meanwhile; start again.',
      };
    },
    log,
  });
  const url = `http://127.0.0.1:${ports.port}`;
  return { url, otlpHttpUrl: `${url}/api/v1/otlp`, pid, close, [Symbol.asyncDispose]: close };
}

/** Those of the Compose file, with other targets and another interval. */
async function settings(targets: readonly string[], scrapeIntervalMs: number): Promise<string> {
  const file = fileURLToPath(new URL('../../../ops/prometheus/prometheus.yml', import.meta.url));
  const text = await readFile(file, 'utf8');
  return text
    .replace(/^( *- targets:).*$/m, `$1 ${JSON.stringify(targets)}`)
    .replaceAll(/^( *scrape_(?:interval|timeout):).*$/gm, `$1 ${scrapeIntervalMs}ms`);
}
