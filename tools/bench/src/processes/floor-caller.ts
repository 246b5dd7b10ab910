import type { Call } from '../load/load.js';
import type { BenchProcess, Setting } from './bench-process.js';
import { PackedStreams } from './packed-streams.js';
import { disconnectAll, floorTopics, openConsumer, openProducer } from './rdkafka.js';

/** As much longer as the message is that the other systems send. The first four bytes of a body tell its caller, and so the call. */
const PADDING = Buffer.alloc(2);

export async function startFloorCaller(setting: Setting, lingerMs = 0): Promise<BenchProcess> {
  const { requests, replies } = floorTopics(setting);
  const waiting = new Map<number, Parameters<Call>[2]>();
  const producer = await openProducer(setting, lingerMs);
  const streams = new PackedStreams((value) => producer.produce(requests, 0, value));
  const consumer = await openConsumer(setting, replies, (value) => {
    if (waiting.size === 0) return streams.receive(value);
    const caller = value.readUInt32LE(0);
    const done = waiting.get(caller);
    waiting.delete(caller);
    done?.(null, value.subarray(0, -PADDING.length));
  });
  const call: Call = (body, _waitMs, done) => {
    waiting.set(body.readUInt32LE(0), done);
    producer.produce(requests, 0, Buffer.concat([body, PADDING]));
  };
  return { call, openStream: streams.open, close: () => disconnectAll(consumer, producer) };
}
