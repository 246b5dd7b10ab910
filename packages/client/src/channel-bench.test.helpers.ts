import { Metadata } from '@grpc/grpc-js';
import { MemoryBroker } from '@wherry/kafka/memory';
import type { Frame } from '@wherry/wire';
import type { ExecutionContext } from 'ava';
import { openChannel, type WherryChannel } from './channel.js';
import type { ChannelOptions } from './channel-options.js';
import { type GotFrame, HeardCall, PlayedWorker } from './played-worker.test.helpers.js';

export interface Bench {
  readonly broker: MemoryBroker;
  readonly channel: WherryChannel;
  readonly worker: PlayedWorker;
}

/** A logger that says nothing. */
export const quiet = { warn: () => undefined, error: () => undefined };

/** A channel and a worker that the test plays, on a broker of their own. */
export async function open(
  t: ExecutionContext,
  { partitions = 1, ...options }: Partial<ChannelOptions> & { partitions?: number } = {},
): Promise<Bench> {
  const broker = new MemoryBroker();
  const worker = await PlayedWorker.open(t, broker, { partitions });
  return { broker, worker, channel: await openOn(t, broker, options) };
}

export async function openOn(
  t: ExecutionContext,
  broker: MemoryBroker,
  options: Partial<ChannelOptions> = {},
): Promise<WherryChannel> {
  const all = { brokers: 'memory', discovery: false, logger: quiet, ...options };
  const channel = await openChannel(all, (logOptions) => Promise.resolve(broker.open(logOptions)));
  t.teardown(() => {
    broker.reconnect();
    return channel.close();
  });
  return channel;
}

/** A call that the worker has accepted. */
export async function accepted({ channel, worker }: Bench): Promise<{ heard: HeardCall; opening: GotFrame }> {
  const heard = new HeardCall(channel).start().send('first');
  const opening = await worker.next();
  worker.send(opening, { sequence: 0, accept: true, headers: [] });
  await heard.until('headers');
  return { heard, opening };
}

/** The parts that a frame has. */
export function parts(frame: Frame): Partial<Frame> {
  return Object.fromEntries(
    Object.entries(frame).filter(([name, value]) => name !== 'callId' && value !== undefined && value !== false),
  );
}

export function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

export function entries(list: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(list)) metadata.add(key, value);
  return metadata;
}
