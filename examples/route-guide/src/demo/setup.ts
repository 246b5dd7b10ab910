import { createChannel, type WherryChannel } from '@wherry/client';
import { requestTopic } from '@wherry/endpoint';
import { createGateway, type Gateway } from '@wherry/gateway';
import { startEmbeddedBroker } from '@wherry/kafka';
import { serviceName } from '../proto.js';
import { startTracing } from '../tracing.js';
import type { Cleanup } from './cleanup.js';
import type { DemoOptions } from './options.js';
import { Recorder } from './recorder.js';
import { ms, type Terminal } from './terminal.js';
import { WorkerProcess } from './worker-process.js';

/** Everything that runs. `cleanup` ends it. */
export interface Setup {
  readonly brokers: string;
  /** Whether the broker is the embedded one, whose groups share out their partitions late. */
  readonly embedded: boolean;
  readonly channel: WherryChannel;
  readonly gateway: Gateway;
  readonly workers: readonly WorkerProcess[];
  /** What the channel and the gateway send and receive. */
  readonly records: { readonly channel: Recorder; readonly gateway: Recorder };
}

const WORKERS = ['worker 1', 'worker 2'];
/** A broker that is there answers sooner; a wrong address should not be waited for. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Starts it all, one after another, and says what is where. What was begun is in `cleanup`, also where it fails. */
export async function openSetup(options: DemoOptions, terminal: Terminal, cleanup: Cleanup): Promise<Setup> {
  const { namespace, listen, otlp } = options;
  terminal.heading('Route Guide over Kafka');
  const embedded = options.brokers === undefined;
  const brokers = options.brokers ?? (await ownBroker(cleanup));
  const records = { channel: new Recorder(), gateway: new Recorder() };
  const tracing = startTracing('route-guide-demo', otlp);
  cleanup.add(() => tracing.end());
  const { instrumentation } = tracing;
  const connection = { brokers, namespace, connectTimeoutMs: CONNECT_TIMEOUT_MS, instrumentation };
  const channel = await createChannel({ ...connection, observer: records.channel.observer });
  cleanup.add(() => channel.close());
  terminal.fact('broker', embedded ? `${brokers}, embedded in this process` : `${brokers}, Kafka`);
  terminal.nameTopic(channel.inbox.topic, 'channel inbox');
  const gateway = await createGateway({ ...connection, listen, observer: records.gateway.observer }).catch(explain);
  cleanup.add(() => gateway.close());
  terminal.nameTopic(gateway.channel.inbox.topic, 'gateway inbox');
  terminal.fact('gateway', gateway.address);
  if (otlp !== undefined) terminal.fact('traces', `go to ${otlp}`);

  const began = performance.now();
  const args = ['--brokers', brokers, '--namespace', namespace, ...(otlp === undefined ? [] : ['--otlp', otlp])];
  const workers = WORKERS.map((name) => new WorkerProcess(name, args, (line) => console.error(`${name}: ${line}`)));
  cleanup.add(() => Promise.all(workers.map((worker) => worker.stop())));
  for (const worker of workers) {
    terminal.nameTopic(await worker.ready, `${worker.name} inbox`);
    terminal.fact(worker.name, `process ${worker.pid}, ready after ${ms(performance.now() - began)}`);
  }
  terminal.nameTopic(requestTopic(namespace, serviceName), 'requests');
  return { brokers, embedded, channel, gateway, workers, records };
}

async function ownBroker(cleanup: Cleanup): Promise<string> {
  const broker = await startEmbeddedBroker();
  cleanup.add(() => broker.close());
  return broker.bootstrapServers;
}

/** Adds the demo's own option to the gateway's error, if the address is in use. */
function explain(error: Error): never {
  const { code, address, port } = (error.cause ?? {}) as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code !== 'EADDRINUSE') throw error;
  throw new Error(
    `${address}:${port} is in use, by another gRPC server perhaps: stop that one, or let the gateway listen elsewhere, ` +
      'with --listen HOST:PORT (port 0: any free one)',
    { cause: error },
  );
}
