import { setTimeout } from 'node:timers/promises';
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

/** All parts that run. `cleanup` ends them. */
export interface Setup {
  readonly brokers: string;
  readonly channel: WherryChannel;
  readonly gateway: Gateway;
  readonly workers: readonly WorkerProcess[];
  /** The records that the channel and the gateway send and receive. */
  readonly records: { readonly channel: Recorder; readonly gateway: Recorder };
}

const WORKERS = ['worker 1', 'worker 2'];
/** A running broker answers sooner. A wrong address should not be waited for. */
const CONNECT_TIMEOUT_MS = 5_000;
/** How long the workers may take to share the partitions: 3 s on the embedded broker. Other workers may have all of a Kafka's. */
const SHARE_TIMEOUT_MS = 15_000;

/** Starts all parts, one after another, and shows where they are. `cleanup` ends each part that was started, also after a failure. */
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
  const shared = (await haveShares(workers)) ? 'both workers have partitions' : 'not every worker has partitions';
  terminal.fact('group', `${shared} after ${ms(performance.now() - began)}`);
  return { brokers, channel, gateway, workers, records };
}

/**
 * Waits until the group has given partitions to every worker. The first worker gets all of them, and the group takes some away for
 * the second one only at its next heartbeat: until then the second worker would answer no calls.
 *
 * @returns false if they do not have them in time.
 */
async function haveShares(workers: readonly WorkerProcess[]): Promise<boolean> {
  const over = new AbortController();
  const late = setTimeout(SHARE_TIMEOUT_MS, false, { signal: over.signal, ref: false }).catch(() => false);
  const all = Promise.all(workers.map(({ share }) => share)).then(() => true);
  const have = await Promise.race([all, late]);
  over.abort();
  return have;
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
    `${address}:${port} is in use, perhaps by another gRPC server: stop that one, or give the gateway another address ` +
      'with --listen HOST:PORT (port 0: any free port)',
    { cause: error },
  );
}
