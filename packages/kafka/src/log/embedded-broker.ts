import rdkafka from 'node-rdkafka';
import { LogError } from './log-error.js';
import { embeddedMarkerTopic } from './log-options.js';
import { connect, disconnect } from './reading-consumer.js';

/** A broker inside this process, for tests and laptops. It is librdkafka's mock cluster, and keeps everything in memory. */
export interface EmbeddedBroker extends AsyncDisposable {
  /** The broker's address, `127.0.0.1:PORT`, for clients in this process and in others. You cannot choose the port. */
  readonly bootstrapServers: string;
  /** Stops the broker and drops its data. You may call it more than once. */
  close(): Promise<void>;
}

/**
 * Starts an embedded broker. It speaks the Kafka protocol to any client, but it is not Kafka. Each topic has four
 * partitions, and the broker keeps about 5 MB of each. It never deletes a topic. docs/running-kafka.md lists the main differences.
 *
 * @throws LogError if the broker does not start.
 */
export async function startEmbeddedBroker(): Promise<EmbeddedBroker> {
  const host = new rdkafka.Producer({
    'test.mock.num.brokers': 1,
    'bootstrap.servers': '',
    log_level: 3,
  } as rdkafka.ProducerGlobalConfig);
  await connect(host, 5000);
  // The request makes the topic.
  const metadata = await new Promise<rdkafka.Metadata>((resolve, reject) => {
    host.getMetadata({ topic: embeddedMarkerTopic, allTopics: false, timeout: 5000 }, (error, found) =>
      error ? reject(LogError.from('starting the embedded broker', error)) : resolve(found),
    );
  });
  const bootstrapServers = metadata.brokers.map(({ host, port }) => `${host}:${port}`).join(',');
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= disconnect(host);
    return closing;
  };
  return { bootstrapServers, close, [Symbol.asyncDispose]: close };
}
