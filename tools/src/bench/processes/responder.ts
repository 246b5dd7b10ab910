import { openLog } from '@wherry/kafka';
import type { BenchProcess } from './bench-process.js';
import type { Setting } from './names.js';
import { disconnectAll, floorTopics, openConsumer, openProducer } from './rdkafka.js';

/** Sends every request back. It makes the topics of both hops, of one partition each, and deletes them. */
export async function startResponder(setting: Setting): Promise<BenchProcess> {
  const { requests, replies } = floorTopics(setting);
  // The log knows how topics are made on an embedded broker, too. It is closed again: what is idle costs as well.
  const withLog = async (change: (log: Awaited<ReturnType<typeof openLog>>) => Promise<unknown>) => {
    await using log = await openLog({
      brokers: setting.brokers,
      acknowledgements: false,
      onUndelivered: () => {},
      onTrouble: () => {},
    });
    await change(log);
  };
  await withLog((log) => Promise.all([requests, replies].map((name) => log.createTopic({ name, partitions: 1 }))));
  const producer = await openProducer(setting);
  const consumer = await openConsumer(setting, requests, (value) => producer.produce(replies, 0, value));
  const close = async () => {
    await disconnectAll(consumer, producer);
    await withLog((log) => Promise.all([requests, replies].map((name) => log.deleteTopic(name))));
  };
  return { close };
}
