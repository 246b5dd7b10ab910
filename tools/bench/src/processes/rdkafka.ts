import rdkafka from 'node-rdkafka';
import type { Setting } from './bench-process.js';

// The floor: Kafka's client library used by hand, with what request and reply want of it and nothing around it.

export const floorTopics = ({ namespace }: Setting) => ({
  requests: `${namespace}.there`,
  replies: `${namespace}.back`,
});

const REPORT_INTERVAL_MS = 100;

const common = ({ brokers }: Setting) => ({
  'bootstrap.servers': brokers,
  'socket.nagle.disable': true,
  'allow.auto.create.topics': false,
  log_level: 3,
});

/** Sends one record for each message, at once or `lingerMs` later together with others. */
export async function openProducer(setting: Setting, lingerMs: number): Promise<rdkafka.Producer> {
  const producer = new rdkafka.Producer({
    ...common(setting),
    'linger.ms': lingerMs,
    // More requests than that under way at once overwhelm a broker under load; fewer make each wait for the one before.
    'max.in.flight.requests.per.connection': 5,
    // A report for each record would cost more than the record, and without reports the library's queue is never emptied.
    dr_cb: true,
    'delivery.report.only.error': true,
  });
  producer.on('delivery-report', (error) => {
    throw error;
  });
  await connected(producer);
  producer.setPollInterval(REPORT_INTERVAL_MS);
  return producer;
}

/** Reads a topic of one partition, from its beginning. */
export async function openConsumer(
  setting: Setting,
  topic: string,
  onValue: (value: Buffer) => void,
): Promise<rdkafka.KafkaConsumer> {
  const consumer = new rdkafka.KafkaConsumer(
    {
      ...common(setting),
      'group.id': `${setting.namespace}.none`,
      'enable.auto.commit': false,
      // The embedded broker answers an empty fetch only when this has passed; Kafka answers when there is a record.
      'fetch.wait.max.ms': setting.embedded ? 2 : 500,
    },
    {},
  );
  await connected(consumer);
  consumer.assign([{ topic, partition: 0, offset: 0 }]);
  consumer.on('data', ({ value }) => {
    if (value !== null) onValue(value);
  });
  consumer.setDefaultConsumeTimeout(100);
  consumer.setDefaultConsumeLoopTimeoutDelay(0);
  consumer.consume();
  return consumer;
}

function connected(client: rdkafka.Producer | rdkafka.KafkaConsumer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.connect({ allTopics: false, timeout: 10_000 }, (error) => (error ? reject(error) : resolve()));
  });
}

export async function disconnectAll(...clients: (rdkafka.Producer | rdkafka.KafkaConsumer)[]): Promise<void> {
  await Promise.all(clients.map((client) => new Promise<void>((resolve) => client.disconnect(() => resolve()))));
}
