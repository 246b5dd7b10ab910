import type {
  GroupReader,
  GroupReaderOptions,
  Log,
  NewTopic,
  PartitionReaderOptions,
  Reader,
  RecordHeaders,
  TopicPartition,
} from '../log/log.js';
import type { LogError } from '../log/log-error.js';
import type { LogOptions } from '../log/log-options.js';
import { atMost, type MemoryClock } from './clock.js';
import { MemoryConnection } from './connection.js';
import { memoryError } from './errors.js';
import type { MemoryGroup } from './group.js';
import { MemoryGroupReader } from './group-reader.js';
import type { StoredRecord } from './partition.js';
import { MemoryPartitionReader } from './partition-reader.js';
import type { MemoryTopics } from './topics.js';

/** The options of a log on a broker in memory. */
export interface MemoryLogOptions
  extends Pick<LogOptions, 'acknowledgements' | 'onUndelivered' | 'onTrouble' | 'onInterrupted'> {
  /** The largest record that this log takes, in bytes: a producer's `message.max.bytes`. Default 1,000,000. */
  readonly maxRecordBytes?: number | undefined;
}

/** The parts of the broker that a log uses. */
export interface MemoryCluster {
  readonly topics: MemoryTopics;
  readonly clock: MemoryClock;
  /** The largest record that the broker takes, in bytes. */
  readonly maxRecordBytes: number;
  group(name: string): MemoryGroup;
}

/** A record that was produced and has not reached the broker. */
interface Outgoing {
  readonly topic: string;
  readonly partition: number;
  readonly record: Omit<StoredRecord, 'offset'>;
  readonly acknowledged: ((offset: number) => void) | undefined;
}

/** How long closing waits for records that are under way. */
const CLOSE_FLUSH_MS = 2000;
/** librdkafka counts this many bytes for each record, besides its key and value. */
const RECORD_OVERHEAD_BYTES = 36;

/** A log on a broker in memory. */
export class MemoryLog implements Log {
  readonly embedded = false;
  readonly connection = new MemoryConnection();
  /** Whether `produce` has no room for a record. */
  full = false;
  readonly #options: MemoryLogOptions;
  readonly #cluster: MemoryCluster;
  readonly #readers = new Set<MemoryPartitionReader | MemoryGroupReader>();
  readonly #outgoing: Outgoing[] = [];
  /** How many records have neither been acknowledged nor failed yet. */
  #unreported = 0;
  readonly #flushing: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: MemoryLogOptions, cluster: MemoryCluster) {
    this.#options = options;
    this.#cluster = cluster;
    this.connection.onChange(() => this.#connectionChanged());
  }

  get readers(): ReadonlySet<MemoryPartitionReader | MemoryGroupReader> {
    return this.#readers;
  }

  produce(
    topic: string,
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
    acknowledged?: (offset: number) => void,
    headers: RecordHeaders = [],
  ): void {
    const bytes = (key?.length ?? 0) + (value?.length ?? 0);
    const doing = `sending a record of ${bytes} bytes to ${topic}`;
    if (this.connection.ended) throw memoryError('closed', doing);
    if (bytes + RECORD_OVERHEAD_BYTES > (this.#options.maxRecordBytes ?? 1_000_000))
      throw memoryError('tooLarge', doing);
    if (this.full) throw memoryError('queueFull', doing);
    const known = this.#cluster.topics.find(topic);
    if (known !== undefined && known.partitions[partition] === undefined) throw memoryError('unknownPartition', doing);
    const record = { key: copy(key), value: copy(value), timestamp: this.#cluster.clock.now(), headers };
    this.#outgoing.push({ topic, partition, record, acknowledged });
    this.#unreported++;
    if (this.#outgoing.length === 1) setImmediate(() => this.#send());
  }

  async flush(timeoutMs: number): Promise<void> {
    if (this.connection.ended) return;
    if (this.#unreported === 0) await turnEnd();
    else await atMost(this.#cluster.clock, new Promise<void>((resolve) => this.#flushing.push(resolve)), timeoutMs);
  }

  exists(topic: string, partition: number): Promise<boolean> {
    return this.#ask(
      `looking for ${topic}[${partition}]`,
      ({ topics }) => topics.partition(topic, partition) !== undefined,
    );
  }

  partitions(topic: string): Promise<number> {
    return this.#ask(`looking for topic ${topic}`, ({ topics }) => topics.find(topic)?.partitions.length ?? 0);
  }

  /** The broker in memory has no users, and no rights. */
  async checkAccess(): Promise<void> {}

  topics(prefix: string): Promise<string[]> {
    return this.#ask('listing topics', ({ topics }) => topics.names.filter((name) => name.startsWith(prefix)));
  }

  createTopic(topic: NewTopic): Promise<boolean> {
    return this.#ask(`making topic ${topic.name}`, ({ topics }) => topics.create(topic));
  }

  deleteTopic(topic: string): Promise<boolean> {
    return this.#ask(`deleting topic ${topic}`, ({ topics }) => topics.delete(topic));
  }

  hasRecordSince(topic: string, time: number): Promise<boolean> {
    const doing = `asking for records of ${topic}`;
    return this.#ask(doing, ({ topics }) => {
      const first = topics.partition(topic, 0);
      if (first === undefined) throw memoryError('unknownPartition', doing);
      return first.records.some(({ timestamp }) => timestamp >= time);
    });
  }

  endOf(topic: string, partition: number): Promise<number> {
    return this.#watermark(`asking where ${topic}[${partition}] ends`, { topic, partition }, ({ end }) => end);
  }

  startOf(topic: string, partition: number): Promise<number> {
    return this.#watermark(`asking where ${topic}[${partition}] begins`, { topic, partition }, ({ start }) => start);
  }

  #watermark(
    doing: string,
    { topic, partition }: TopicPartition,
    of: (found: { readonly start: number; readonly end: number }) => number,
  ): Promise<number> {
    return this.#ask(doing, ({ topics }) => {
      const found = topics.partition(topic, partition);
      if (found === undefined) throw memoryError('unknownPartition', doing);
      return of(found);
    });
  }

  async readPartition(options: PartitionReaderOptions): Promise<Reader> {
    const doing = `opening a reader of ${options.topic}[${options.partition}]`;
    return this.#ask(doing, ({ topics }) => this.#keep(new MemoryPartitionReader(options, topics, this.connection)));
  }

  async readGroup(options: GroupReaderOptions): Promise<GroupReader> {
    return this.#ask(`opening a reader of ${options.topic}`, ({ topics, clock, group }) =>
      this.#keep(
        new MemoryGroupReader(options, { topics, clock, connection: this.connection, group: group(options.group) }),
      ),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Gives up all records that have not reached the broker, as `message.timeout.ms` would. */
  expire(): void {
    for (const { topic, partition, record } of this.#outgoing.splice(0)) {
      this.#undelivered(topic, partition, record.key, memoryError('timedOut', `sending a record to ${topic}`));
    }
  }

  /** An error ends the reading of each reader of a topic. Settles when group readers have given back their partitions. */
  async interrupt(topic: string, cause: LogError): Promise<void> {
    const interrupt = async (reader: MemoryPartitionReader | MemoryGroupReader): Promise<void> => {
      await reader.interrupt();
      this.#options.onInterrupted?.(cause);
    };
    await Promise.all([...this.#readers].filter((reader) => reader.topic === topic).map(interrupt));
  }

  /** The process of this log died: it sends none of its remaining records. */
  die(): void {
    this.#outgoing.length = 0;
    this.connection.end();
  }

  /** No broker answers. Tells the log and its readers so, as the client library does. */
  loseBroker(): void {
    if (!this.connection.up) return;
    this.connection.goDown();
    const error = memoryError('allBrokersDown', 'speaking to a broker in memory');
    setImmediate(() => {
      if (!this.connection.ended) this.#options.onTrouble(error);
    });
    for (const reader of this.#readers) reader.fail(error);
  }

  /** A request to the broker. It is answered in the next turn of the event loop. */
  async #ask<T>(doing: string, answer: (cluster: MemoryCluster) => T): Promise<T> {
    if (this.#closing !== undefined) throw memoryError('closed', doing);
    await turnEnd();
    if (!this.connection.up) throw memoryError('transport', doing);
    return answer(this.#cluster);
  }

  #keep<R extends MemoryPartitionReader | MemoryGroupReader>(reader: R): R {
    this.#readers.add(reader);
    return reader;
  }

  #send(): void {
    if (!this.connection.up) return;
    for (const { topic, partition, record, acknowledged } of this.#outgoing.splice(0)) {
      const found = this.#cluster.topics.partition(topic, partition);
      const doing = `sending a record to ${topic}`;
      if (found === undefined) {
        this.#undelivered(topic, partition, record.key, memoryError('unknownTopic', doing));
      } else if ((record.key?.length ?? 0) + (record.value?.length ?? 0) > this.#cluster.maxRecordBytes) {
        this.#undelivered(topic, partition, record.key, memoryError('tooLarge', doing));
      } else {
        const offset = found.append(record);
        this.#report(() => {
          if (this.#options.acknowledgements) acknowledged?.(offset);
        });
      }
    }
  }

  #undelivered(topic: string, partition: number, key: Buffer | null, error: LogError): void {
    this.#report(() => this.#options.onUndelivered({ topic, partition, key }, error));
  }

  /** Makes each report in a callback of its own, after the readers have got their records of that turn. */
  #report(tell: () => void): void {
    setImmediate(() => {
      this.#unreported--;
      if (this.#unreported === 0) setImmediate(() => this.#flushed());
      if (!this.connection.ended) tell();
    });
  }

  #flushed(): void {
    if (this.#unreported > 0 && !this.connection.ended) return;
    for (const resolve of this.#flushing.splice(0)) resolve();
  }

  #connectionChanged(): void {
    if (this.connection.ended) this.#flushed();
    else if (this.connection.up) setImmediate(() => this.#send());
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => reader.close()));
    // Records that cannot be sent now are lost, as with real Kafka if no broker comes back in time.
    if (this.connection.up) await this.flush(CLOSE_FLUSH_MS);
    this.die();
    await turnEnd();
  }
}

/** Copies the bytes, as the client library does. The client library does not tell null and an empty buffer apart. */
function copy(bytes: Buffer | null): Buffer | null {
  return bytes === null || bytes.length === 0 ? null : Buffer.from(bytes);
}

function turnEnd(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
