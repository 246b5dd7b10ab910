import type { PartitionReaderOptions, Reader } from '../log/log.js';
import type { LogError } from '../log/log-error.js';
import type { MemoryConnection } from './connection.js';
import { MemoryDelivery, type OffsetReset } from './delivery.js';
import { memoryError } from './errors.js';
import type { MemoryPartition } from './partition.js';
import type { MemoryTopics } from './topics.js';

/** Reads one partition in memory. If its topic does not exist, the reader reports an error and waits for a topic of that name. */
export class MemoryPartitionReader implements Reader {
  readonly #options: PartitionReaderOptions;
  readonly #topics: MemoryTopics;
  readonly #connection: MemoryConnection;
  readonly #delivery: MemoryDelivery;
  readonly #stopListening: () => void;
  readonly #reset: OffsetReset;
  #partition: MemoryPartition | undefined;
  #interrupted = false;
  #closed = false;

  /** @throws {@link LogError} if the options say to read from the end, and the partition does not exist. */
  constructor(options: PartitionReaderOptions, topics: MemoryTopics, connection: MemoryConnection) {
    const { topic, partition, offset, onEnd } = options;
    this.#options = options;
    this.#topics = topics;
    this.#connection = connection;
    this.#reset = offset === 'start' ? 'earliest' : 'latest';
    this.#partition = topics.partition(topic, partition);
    if (offset === 'end' && this.#partition === undefined) throw this.#gone();
    this.#delivery = new MemoryDelivery(connection, {
      onRecord: (record) => options.onRecord(record),
      ...(onEnd && { onEnd: (end) => options.onEnd?.(end) }),
      ready: () => !this.#interrupted,
    });
    this.#stopListening = topics.onChange((changed) => changed === topic && this.#look());
    if (this.#partition === undefined) this.fail(this.#gone());
    else this.#delivery.add(this.#partition, positionOf(this.#partition, offset), this.#reset);
  }

  get topic(): string {
    return this.#options.topic;
  }

  get lag(): number {
    return this.#delivery.lag;
  }

  /** Reports an error in a later turn, as the client library does, and continues. */
  fail(error: LogError): void {
    setImmediate(() => {
      if (!this.#closed && !this.#connection.ended) this.#options.onError(error);
    });
  }

  /** An error ends the reading. The reader delivers nothing until {@link restore}. */
  async interrupt(): Promise<void> {
    this.#interrupted = true;
  }

  /** The reading begins again where {@link interrupt} ended it. */
  restore(): void {
    this.#interrupted = false;
    this.#delivery.wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    this.#delivery.close();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The topic was made or deleted, or has got more partitions. */
  #look(): void {
    const { topic, partition } = this.#options;
    if (this.#partition !== undefined && this.#partition === this.#topics.partition(topic, partition)) return;
    // The client library reports first that the partition is gone, and then that the topic is gone.
    if (this.#partition !== undefined) this.fail(memoryError('unknownPartition', `reading ${topic}[${partition}]`));
    this.#delivery.remove([partition]);
    this.#partition = this.#topics.partition(topic, partition);
    if (this.#partition === undefined) this.fail(this.#gone());
    else this.#delivery.add(this.#partition, this.#partition.start, this.#reset);
  }

  #gone(): LogError {
    const { topic, partition } = this.#options;
    const kind = this.#topics.find(topic) === undefined ? 'unknownTopic' : 'unknownPartition';
    return memoryError(kind, `reading ${topic}[${partition}]`);
  }
}

function positionOf({ start, end }: MemoryPartition, offset: PartitionReaderOptions['offset']): number {
  if (offset === 'start') return start;
  return offset === 'end' ? end : offset;
}
