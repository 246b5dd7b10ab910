import { openLog } from '@wherry/kafka';
import type { BenchProcess, Setting } from './bench-process.js';
import { disconnectAll, floorTopics, openConsumer, openProducer } from './rdkafka.js';

/** Sends every request back. It also makes the topics of both hops, of one partition each. */
export async function startResponder(setting: Setting, lingerMs = 0): Promise<BenchProcess> {
  const { requests, replies } = floorTopics(setting);
  await makeTopics(setting.brokers, [requests, replies]);
  const producer = await openProducer(setting, lingerMs);
  const consumer = await openConsumer(setting, requests, (value) => producer.produce(replies, 0, value));
  return { close: () => disconnectAll(consumer, producer) };
}

/** By way of the log, which knows how it is done on an embedded broker too. Closed again: what is idle costs as well. */
export async function makeTopics(brokers: string, names: readonly string[]): Promise<void> {
  await using log = await openLog({ brokers, acknowledgements: false, onUndelivered: () => {}, onTrouble: () => {} });
  for (const name of names) await log.createTopic({ name, partitions: 1 });
}
