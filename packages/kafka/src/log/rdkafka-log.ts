import { setTimeout as pause, setImmediate as turnEnd } from 'node:timers/promises';
import rdkafka from 'node-rdkafka';
import { builtInCompressions } from './built-in-compressions.js';
import { connectProducer } from './connect-producer.js';
import { readGroup } from './group-reader.js';
import type {
  GroupReader,
  GroupReaderOptions,
  Log,
  NewTopic,
  PartitionReaderOptions,
  Reader,
  RecordHeaders,
  TopicPartition,
} from './log.js';
import { kafkaErrors, LogError, type Rights } from './log-error.js';
import {
  type CheckedConnectionOptions,
  checkConnectionOptions,
  clientArguments,
  consumerOptions,
  embeddedMarkerTopic,
  type KafkaOptions,
  type LogOptions,
  producerOptions,
  wrongOption,
} from './log-options.js';
import { readPartition } from './partition-reader.js';
import { atMost, connect, connectConsumer, disconnect } from './reading-consumer.js';

/** How often to fetch errors, and reports of failed records, from librdkafka, which has no event for them. */
const REPORT_INTERVAL_MS = 50;
/** How soon to fetch the broker's acknowledgements. Answered calls stay in memory until then, which costs garbage collection. */
const ACKNOWLEDGEMENT_MS = 5;
/** How long one request to a broker may take. */
const REQUEST_TIMEOUT_MS = 5000;
/** How long to wait until a new topic can be seen, and how often to look. A client without the right to see the topic never sees it. */
const APPEAR_MS = 2000;
const APPEAR_PAUSE_MS = 10;
/** How long {@link Log.checkAccess} waits for an answer. */
const ACCESS_MS = 1000;
/** A partition that no topic has. */
const NO_PARTITION = 2 ** 31 - 1;
/** How long to wait before asking again about a partition whose leader changes. */
const LEADER_PAUSE_MS = 50;
/** How long closing waits for records under way. */
const CLOSE_FLUSH_MS = 2000;

/**
 * Connects to Kafka or to an embedded broker, and finds out which of the two it is.
 *
 * @throws TypeError for an invalid option; {@link LogError} if no broker answers within `connectTimeoutMs`, or refuses this client.
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const checked = checkConnectionOptions(options, builtInCompressions());
  const producer = makeProducer(producerOptions(checked, options.acknowledgements));
  await connectProducer(checked, producer);
  try {
    const embedded = (await topicPartitions(producer, embeddedMarkerTopic)) > 0;
    return new RdkafkaLog(checked, options, producer, embedded);
  } catch (error) {
    await disconnect(producer);
    throw error;
  }
}

/** @throws TypeError for an option or a value that librdkafka refuses. */
function makeProducer(options: KafkaOptions): rdkafka.Producer {
  try {
    return new rdkafka.Producer(...clientArguments(options));
  } catch (error) {
    throw wrongOption('kafka or producer', error);
  }
}

class RdkafkaLog implements Log {
  readonly #options: CheckedConnectionOptions;
  readonly #callbacks: Pick<LogOptions, 'onUndelivered' | 'onTrouble' | 'onInterrupted'>;
  readonly #producer: rdkafka.Producer;
  readonly #readers = new Set<Reader>();
  /** Whether librdkafka reports every record, not only failed ones. */
  readonly #acknowledging: boolean;
  #produced = 0;
  #reported = 0;
  #acknowledgements: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  /** While a producer disconnects, it must not be polled: node-rdkafka then uses the client that another thread frees, and crashes. */
  #disconnecting = false;
  /** The topics that this log has made. A broker may not know them yet. */
  readonly #made = new Set<string>();

  constructor(
    options: CheckedConnectionOptions,
    callbacks: Pick<LogOptions, 'onUndelivered' | 'onTrouble' | 'onInterrupted' | 'acknowledgements'>,
    producer: rdkafka.Producer,
    readonly embedded: boolean,
  ) {
    this.#options = options;
    this.#callbacks = callbacks;
    this.#producer = producer;
    this.#acknowledging = callbacks.acknowledgements;
    producer.on('event.error', (error) => callbacks.onTrouble(LogError.from(`speaking to ${options.brokers}`, error)));
    producer.on('delivery-report', (error, report) => this.#delivered(error, report));
    producer.setPollInterval(REPORT_INTERVAL_MS);
  }

  produce(
    topic: string,
    partition: number,
    key: Buffer,
    value: Buffer | null,
    acknowledged?: (offset: number) => void,
    headers?: RecordHeaders,
  ): void {
    try {
      if (headers === undefined) {
        this.#producer.produce(topic, partition, value, key, undefined, acknowledged);
      } else {
        const named = headers.map(([name, text]) => ({ [name]: text }));
        this.#producer.produce(topic, partition, value, key, undefined, acknowledged, named);
      }
      this.#produced++;
      if (this.#acknowledging) this.#fetchAcknowledgements();
    } catch (error) {
      throw LogError.from(
        `sending a record of ${key.length + (value?.length ?? 0)} bytes to ${topic}`,
        error,
        writing(topic),
      );
    }
  }

  #fetchAcknowledgements(): void {
    this.#acknowledgements ??= setTimeout(() => {
      this.#acknowledgements = undefined;
      if (this.#reported >= this.#produced || !this.#connected) return;
      this.#producer.poll();
      this.#fetchAcknowledgements();
    }, ACKNOWLEDGEMENT_MS);
  }

  #delivered(error: rdkafka.LibrdKafkaError | null, report: rdkafka.DeliveryReport): void {
    this.#reported++;
    if (report.opaque instanceof AccessCheck) {
      report.opaque.answer(error);
      return;
    }
    if (!error) {
      (report.opaque as ((offset: number) => void) | undefined)?.(report.offset);
      return;
    }
    const { topic, partition } = report;
    const key = typeof report.key === 'string' ? Buffer.from(report.key) : (report.key ?? null);
    const failed = LogError.from(`sending a record to ${topic}`, error, writing(topic));
    this.#callbacks.onUndelivered({ topic, partition, key }, failed);
  }

  get #connected(): boolean {
    return !this.#disconnecting && this.#producer.isConnected();
  }

  async flush(timeoutMs: number): Promise<void> {
    if (!this.#connected) return;
    const produced = this.#acknowledging ? this.#produced : 0;
    const until = Date.now() + timeoutMs;
    await new Promise<void>((resolve) => this.#producer.flush(timeoutMs, () => resolve()));
    if (!this.#connected) return;
    this.#producer.poll();
    // The client library passes on the fetched reports in later turns of the event loop, a hundred per turn.
    do await turnEnd();
    while (this.#reported < produced && Date.now() < until);
  }

  async exists(topic: string, partition: number): Promise<boolean> {
    try {
      await watermarksOf(this.#producer, topic, partition);
      return true;
    } catch (error) {
      const failed = LogError.from(`looking for ${topic}[${partition}]`, error, {
        topic: `Describe on topic ${topic}`,
      });
      if (failed.topicUnknown) return false;
      if (failed.leaderChanging) return true;
      throw failed;
    }
  }

  partitions(topic: string): Promise<number> {
    return topicPartitions(this.#producer, topic);
  }

  /**
   * node-rdkafka does not tell why metadata has no partitions of a topic. librdkafka tells it of a record for the topic. The record is for a
   * partition that no topic has, so it is never written.
   */
  async checkAccess(topic: string, operation: 'Read' | 'Write'): Promise<void> {
    const check = new AccessCheck();
    try {
      this.#producer.produce(topic, NO_PARTITION, null, null, undefined, check);
      this.#produced++;
    } catch (error) {
      check.answer(error);
    }
    await atMost(check.answered, ACCESS_MS);
    if (LogError.from('', check.error).code !== kafkaErrors.topicAuthorization) return;
    throw LogError.from(`looking for topic ${topic}`, check.error, { topic: `${operation} on topic ${topic}` });
  }

  async topics(prefix: string): Promise<string[]> {
    const metadata = await getMetadata(this.#producer, { allTopics: true }, 'listing topics');
    return metadata.topics.map((topic) => topic.name).filter((name) => name.startsWith(prefix));
  }

  async createTopic(topic: NewTopic): Promise<boolean> {
    if (this.embedded) return this.#createEmbeddedTopic(topic.name);
    const right = `Create on topic ${topic.name}`;
    const rights = { topic: right, cluster: right };
    const created = await this.#administer(
      `making topic ${topic.name}`,
      rights,
      kafkaErrors.topicExists,
      (admin, done) =>
        admin.createTopic(
          {
            topic: topic.name,
            num_partitions: topic.partitions,
            replication_factor: topic.replicationFactor ?? -1,
            config: { ...topic.config },
          },
          REQUEST_TIMEOUT_MS,
          done,
        ),
    );
    if (!created) return false;
    this.#made.add(topic.name);
    await this.#appears(topic.name);
    return true;
  }

  /** Waits until the brokers know a new topic. Kafka tells them with a delay, and requests about the topic fail until then. */
  async #appears(topic: string): Promise<void> {
    const until = Date.now() + APPEAR_MS;
    while ((await this.partitions(topic)) === 0 && Date.now() < until) await pause(APPEAR_PAUSE_MS);
  }

  deleteTopic(topic: string): Promise<boolean> {
    if (this.embedded) return Promise.resolve(false);
    this.#made.delete(topic);
    const rights = { topic: `Delete on topic ${topic}` };
    return this.#administer(`deleting topic ${topic}`, rights, kafkaErrors.unknownTopic, (admin, done) =>
      admin.deleteTopic(topic, REQUEST_TIMEOUT_MS, done),
    );
  }

  /**
   * The embedded broker has no request that makes a topic. It makes a topic when a client asks about it with `allow.auto.create.topics`.
   */
  async #createEmbeddedTopic(topic: string): Promise<boolean> {
    if ((await this.partitions(topic)) > 0) return false;
    const asker = makeProducer({ ...producerOptions(this.#options, false), 'allow.auto.create.topics': true });
    try {
      await connect(asker, this.#options.connectTimeoutMs);
      return (await topicPartitions(asker, topic)) > 0;
    } catch (error) {
      throw LogError.from(`making topic ${topic}`, error);
    } finally {
      await disconnect(asker);
    }
  }

  /** Asks the cluster for a change. Resolves to false if the error code is `alreadySo`, which means that nothing had to change. */
  #administer(
    doing: string,
    rights: Rights,
    alreadySo: number,
    ask: (admin: rdkafka.IAdminClient, done: (error: rdkafka.LibrdKafkaError) => void) => void,
  ): Promise<boolean> {
    const { kafka } = this.#options;
    return new Promise((resolve, reject) => {
      const admin = rdkafka.AdminClient.create({ 'bootstrap.servers': this.#options.brokers, ...kafka });
      ask(admin, (error) => {
        admin.disconnect();
        if (!error) resolve(true);
        else if (error.code === alreadySo) resolve(false);
        else reject(LogError.from(doing, error, rights));
      });
    });
  }

  async hasRecordSince(topic: string, time: number): Promise<boolean> {
    const consumer = new rdkafka.KafkaConsumer(...clientArguments(consumerOptions(this.#options, this.embedded)));
    const doing = `asking for records of ${topic}`;
    const rights = { topic: `Describe on topic ${topic}` };
    try {
      await connectConsumer(consumer, this.#options.connectTimeoutMs);
      return await this.#whileLeaderChanges({ topic, partition: 0 }, async () => {
        // The consumer would remember for seconds that a broker did not know a new topic. A question about the topic corrects that.
        await getMetadata(consumer, { topic, allTopics: false }, doing);
        return new Promise<boolean>((resolve, reject) => {
          consumer.offsetsForTimes([{ topic, partition: 0, offset: time }], REQUEST_TIMEOUT_MS, (error, offsets) =>
            error ? reject(LogError.from(doing, error, rights)) : resolve((offsets[0]?.offset ?? -1) >= 0),
          );
        });
      });
    } catch (error) {
      throw LogError.from(doing, error, rights);
    } finally {
      await disconnect(consumer);
    }
  }

  async endOf(topic: string, partition: number): Promise<number> {
    return (await this.#watermarks(topic, partition, 'ends')).high;
  }

  async startOf(topic: string, partition: number): Promise<number> {
    return (await this.#watermarks(topic, partition, 'begins')).low;
  }

  async #watermarks(topic: string, partition: number, asked: string): Promise<Watermarks> {
    try {
      return await this.#askWatermarks({ topic, partition });
    } catch (error) {
      const rights = { topic: `Describe on topic ${topic}` };
      throw LogError.from(`asking where ${topic}[${partition}] ${asked}`, error, rights);
    }
  }

  /** Uses the producer's connection. On a consumer's connection the answer would wait behind a fetch, for up to half a second. */
  #askWatermarks(of: TopicPartition): Promise<Watermarks> {
    return this.#whileLeaderChanges(of, () => watermarksOf(this.#producer, of.topic, of.partition));
  }

  /**
   * Asks again while the partition's leader changes, as it does after a topic was made or a broker was lost. Kafka has no event for the end
   * of the change. Asks again too while a broker does not know a topic that exists: the brokers do not learn of a new topic at the same
   * time, and the client library remembers for a while that a topic was missing.
   */
  async #whileLeaderChanges<T>({ topic, partition }: TopicPartition, ask: () => Promise<T>): Promise<T> {
    const until = Date.now() + REQUEST_TIMEOUT_MS;
    const exists = async (): Promise<boolean> => this.#made.has(topic) || (await this.partitions(topic)) > partition;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const { leaderChanging, topicUnknown } = LogError.from('asking a leader', error);
        if (Date.now() > until || !(leaderChanging || (topicUnknown && (await exists())))) throw error;
        await pause(LEADER_PAUSE_MS);
      }
    }
  }

  readPartition(options: PartitionReaderOptions): Promise<Reader> {
    const endOf = async (): Promise<number> => (await this.#askWatermarks(options)).high;
    const opening = readPartition(this.#options, this.embedded, options, endOf, this.#onInterrupted);
    return this.#keep(opening, `${options.topic}[${options.partition}]`);
  }

  readGroup(options: GroupReaderOptions): Promise<GroupReader> {
    return this.#keep(readGroup(this.#options, this.embedded, options, this.#onInterrupted), options.topic);
  }

  readonly #onInterrupted = (cause: LogError): void => this.#callbacks.onInterrupted?.(cause);

  async #keep<R extends Reader>(opening: Promise<R>, what: string): Promise<R> {
    try {
      const reader = await opening;
      this.#readers.add(reader);
      const close = reader.close.bind(reader);
      reader.close = () => close().finally(() => this.#readers.delete(reader));
      // The log may have been closed while this reader was opening.
      if (this.#closing !== undefined) await reader.close();
      return reader;
    } catch (error) {
      if (error instanceof TypeError) throw error;
      throw LogError.from(`opening a reader of ${what}`, error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => reader.close()));
    await this.flush(CLOSE_FLUSH_MS);
    clearTimeout(this.#acknowledgements);
    this.#disconnecting = true;
    this.#producer.setPollInterval(0);
    await disconnect(this.#producer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A record that asks about its topic. */
class AccessCheck {
  readonly answered: Promise<void>;
  error: unknown;
  #settle: () => void = () => undefined;

  constructor() {
    this.answered = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  answer(error: unknown): void {
    this.error = error;
    this.#settle();
  }
}

function writing(topic: string): Rights {
  return { topic: `Write on topic ${topic}`, cluster: 'IdempotentWrite on the cluster' };
}

/** The offsets at which a partition begins and ends now. */
interface Watermarks {
  /** The offset of the oldest record. */
  readonly low: number;
  /** The offset that the next record will get. */
  readonly high: number;
}

function watermarksOf(client: rdkafka.Producer, topic: string, partition: number): Promise<Watermarks> {
  return new Promise((resolve, reject) => {
    client.queryWatermarkOffsets(topic, partition, REQUEST_TIMEOUT_MS, (error, offsets) =>
      error ? reject(error) : resolve({ low: offsets.lowOffset, high: offsets.highOffset }),
    );
  });
}

async function topicPartitions(client: rdkafka.Producer, topic: string): Promise<number> {
  const metadata = await getMetadata(client, { topic, allTopics: false }, `looking for topic ${topic}`);
  return metadata.topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
}

function getMetadata(
  client: rdkafka.Producer | rdkafka.KafkaConsumer,
  wanted: { topic?: string; allTopics: boolean },
  doing: string,
): Promise<rdkafka.Metadata> {
  return new Promise((resolve, reject) => {
    client.getMetadata({ ...wanted, timeout: REQUEST_TIMEOUT_MS }, (error, metadata) =>
      error ? reject(LogError.from(doing, error)) : resolve(metadata),
    );
  });
}
