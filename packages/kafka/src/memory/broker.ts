import type { Log } from '../log/log.js';
import type { LogError } from '../log/log-error.js';
import { type MemoryClock, realClock } from './clock.js';
import { MemoryGroup } from './group.js';
import type { MemoryGroupReader } from './group-reader.js';
import { MemoryLog, type MemoryLogOptions } from './memory-log.js';
import type { MemoryPartition, StoredRecord } from './partition.js';
import type { MemoryPartitionReader } from './partition-reader.js';
import { MemoryTopics } from './topics.js';

/** The options of a {@link MemoryBroker}. */
export interface MemoryBrokerOptions {
  /** How many partitions a topic gets if it is made with -1 partitions: the broker's `num.partitions`. Default 1, as in Kafka. */
  readonly partitions?: number | undefined;
  /** The largest record that the broker takes, in bytes: its `message.max.bytes`. Default 1,048,588, as in Kafka. */
  readonly maxRecordBytes?: number | undefined;
  /** The time. Default: the real one. */
  readonly clock?: Partial<MemoryClock> | undefined;
}

/**
 * Kafka in memory, for unit tests: the topics, partitions and consumer groups of one broker, and faults on demand. Each log
 * that it opens stands for one instance.
 *
 * Everything happens in later turns of the event loop, in an order that depends only on the order of the calls. Only two waits
 * use time: a `revokeTimeoutMs`, and a `flush` while the broker is out of reach.
 *
 * @internal
 */
export class MemoryBroker {
  readonly #topics: MemoryTopics;
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #logs = new Set<MemoryLog>();
  readonly #clock: MemoryClock;
  readonly #maxRecordBytes: number;

  constructor({ partitions = 1, maxRecordBytes = 1_048_588, clock = {} }: MemoryBrokerOptions = {}) {
    this.#topics = new MemoryTopics(partitions);
    this.#clock = { ...realClock, ...clock };
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Opens a log, as `openLog` does on Kafka. */
  open(options: MemoryLogOptions): Log {
    const log = new MemoryLog(options, {
      topics: this.#topics,
      clock: this.#clock,
      maxRecordBytes: this.#maxRecordBytes,
      group: (name) => this.#group(name),
    });
    this.#logs.add(log);
    log.connection.onChange(() => log.connection.ended && this.#logs.delete(log));
    return log;
  }

  /** The records of a partition, oldest first, with their headers. */
  records(topic: string, partition: number): readonly StoredRecord[] {
    return this.#partition(topic, partition).records;
  }

  /** The settings that a topic was made with; undefined if it does not exist. */
  topicConfig(topic: string): Readonly<Record<string, string>> | undefined {
    return this.#topics.find(topic)?.config;
  }

  /** The offset that a group committed last for a partition. */
  committed(group: string, topic: string, partition: number): number | undefined {
    return this.#groups.get(group)?.committed(this.#partition(topic, partition));
  }

  /**
   * Simulates the death of a log's process. The log delivers and sends nothing more, and its members do not leave their groups.
   * Its groups notice at once, not after the session timeout.
   */
  kill(log: Log): void {
    this.#own(log).die();
  }

  /**
   * From now on this log, or every log, reaches no broker. Records wait, and requests fail. The log and its readers are told that
   * all brokers are down.
   */
  disconnect(log?: Log): void {
    for (const each of this.#these(log)) each.loseBroker();
  }

  /** Ends {@link disconnect}: records that waited are sent, and readers continue. */
  reconnect(log?: Log): void {
    for (const each of this.#these(log)) each.connection.comeUp();
  }

  /** Gives up all records that have waited since {@link disconnect}, as the client library does after `message.timeout.ms`. */
  expireRecords(log?: Log): void {
    for (const each of this.#these(log)) each.expire();
  }

  /** From now on `produce` has no room for a record: it throws that the queue is full. */
  refuseRecords(log?: Log): void {
    for (const each of this.#these(log)) each.full = true;
  }

  /** Ends {@link refuseRecords}. */
  acceptRecords(log?: Log): void {
    for (const each of this.#these(log)) each.full = false;
  }

  /** Readers get nothing of this partition until {@link release}. Records can still be written to it. */
  hold(topic: string, partition: number): void {
    this.#partition(topic, partition).held = true;
  }

  /** Ends {@link hold}. */
  release(topic: string, partition: number): void {
    this.#partition(topic, partition).held = false;
  }

  /** Reports an error to each reader of a topic. The readers continue, as the client library does. */
  failReaders(topic: string, error: LogError): void {
    for (const reader of this.#readersOf(topic)) reader.fail(error);
  }

  /**
   * An error ends the reading of each reader of a topic, as errors do that the client library does not survive. The readers begin again
   * only at {@link restoreReaders}. Settles when group readers have given back their partitions.
   */
  async interruptReaders(topic: string, cause: LogError): Promise<void> {
    await Promise.all([...this.#logs].map((log) => log.interrupt(topic, cause)));
  }

  /** Ends {@link interruptReaders}. */
  restoreReaders(topic: string): void {
    for (const reader of this.#readersOf(topic)) reader.restore();
  }

  /** The next record for this partition is acknowledged and lost. */
  dropNext(topic: string, partition: number): void {
    this.#partition(topic, partition).failNext('drop');
  }

  /** The next record for this partition is stored twice. */
  duplicateNext(topic: string, partition: number): void {
    this.#partition(topic, partition).failNext('duplicate');
  }

  /** Adds partitions to a topic, until it has this many. */
  addPartitions(topic: string, partitions: number): void {
    this.#topics.grow(topic, partitions);
  }

  /** Deletes a topic, even if it is being read. @returns false if it did not exist. */
  deleteTopic(topic: string): boolean {
    return this.#topics.delete(topic);
  }

  /** Deletes all records of a partition before an offset, as retention does. */
  deleteRecords(topic: string, partition: number, before: number): void {
    this.#partition(topic, partition).deleteBefore(before);
  }

  #readersOf(topic: string): (MemoryPartitionReader | MemoryGroupReader)[] {
    return [...this.#logs].flatMap(({ readers }) => [...readers]).filter((reader) => reader.topic === topic);
  }

  #group(name: string): MemoryGroup {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = new MemoryGroup(this.#topics);
    this.#groups.set(name, group);
    return group;
  }

  #partition(topic: string, partition: number): MemoryPartition {
    const found = this.#topics.partition(topic, partition);
    if (found === undefined) throw new TypeError(`the broker in memory has no ${topic}[${partition}]`);
    return found;
  }

  #these(log: Log | undefined): readonly MemoryLog[] {
    return log === undefined ? [...this.#logs] : [this.#own(log)];
  }

  #own(log: Log): MemoryLog {
    if (!(log instanceof MemoryLog)) throw new TypeError('the log is not one of a broker in memory');
    return log;
  }
}
