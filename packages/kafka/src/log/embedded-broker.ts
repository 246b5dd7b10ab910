import rdkafka from 'node-rdkafka';
import { LogError } from './log-error.js';
import { embeddedMarkerTopic } from './log-options.js';
import { connect, disconnect } from './rdkafka-reader.js';

/** A broker inside this process, for tests and laptops: librdkafka's mock cluster. It keeps everything in memory. */
export interface EmbeddedBroker extends AsyncDisposable {
  /** Where clients, of this process or another, reach it: `127.0.0.1:PORT`. The port cannot be chosen. */
  readonly bootstrapServers: string;
  /** Ends the broker and forgets what it held. Harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Starts an embedded broker. It speaks the Kafka protocol to any client, but it is not Kafka: a topic has four
 * partitions, of which about 5 MB each are kept; topics are never deleted; docs/running-kafka.md has the whole list.
 */
export async function startEmbeddedBroker(): Promise<EmbeddedBroker> {
  const host = new rdkafka.Producer({
    'test.mock.num.brokers': 1,
    'bootstrap.servers': '',
    log_level: 3,
  } as rdkafka.ProducerGlobalConfig);
  await connect(host, 5000);
  // Asking about a topic makes it.
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
