import { once } from 'node:events';
import rdkafka from 'node-rdkafka';

/** The headers of the first so many records of a topic, as any Kafka client sees them; Wherry itself reads none. */
export async function recordHeaders(
  brokers: string,
  topic: string,
  wanted: number,
): Promise<Record<string, string>[][]> {
  const options = { 'bootstrap.servers': brokers, 'group.id': `${topic}.looking`, 'fetch.wait.max.ms': 5 };
  const consumer = new rdkafka.KafkaConsumer(options, { 'auto.offset.reset': 'earliest' });
  consumer.connect({ allTopics: false });
  await once(consumer, 'ready');
  const metadata = await new Promise<rdkafka.Metadata>((resolve, reject) => {
    consumer.getMetadata({ topic, timeout: 5000 }, (error, found) => (error ? reject(error) : resolve(found)));
  });
  const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
  const found: Record<string, string>[][] = [];
  await new Promise<void>((resolve) => {
    consumer.on('data', ({ headers = [] }) => {
      found.push(headers.map((header) => Object.fromEntries(Object.entries(header).map(([k, v]) => [k, String(v)]))));
      if (found.length === wanted) resolve();
    });
    consumer.assign(partitions.map(({ id }) => ({ topic, partition: id, offset: 0 })));
    consumer.setDefaultConsumeTimeout(50);
    consumer.setDefaultConsumeLoopTimeoutDelay(0);
    consumer.consume();
  });
  consumer.unassign();
  await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
  return found;
}
