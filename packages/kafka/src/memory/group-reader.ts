import type { GroupReader, GroupReaderOptions, TopicPartition, TopicPartitionOffset } from '../log/log.js';
import type { LogError } from '../log/log-error.js';
import { atMost, type MemoryClock } from './clock.js';
import type { MemoryConnection } from './connection.js';
import { MemoryDelivery } from './delivery.js';
import { memoryError } from './errors.js';
import type { GroupMember, MemoryGroup } from './group.js';
import type { MemoryPartition } from './partition.js';
import type { MemoryTopics } from './topics.js';

/** The parts of the broker and the log that a group reader uses. */
export interface GroupReaderHost {
  readonly topics: MemoryTopics;
  readonly group: MemoryGroup;
  readonly connection: MemoryConnection;
  readonly clock: MemoryClock;
}

/** A commit that the broker has not answered. */
interface Commit {
  readonly offsets: readonly TopicPartitionOffset[];
  resolve(): void;
  reject(error: LogError): void;
}

/** Reads a topic in memory as a member of a group. */
export class MemoryGroupReader implements GroupReader, GroupMember {
  readonly #options: GroupReaderOptions;
  readonly #host: GroupReaderHost;
  readonly #delivery: MemoryDelivery;
  readonly #stopListening: (() => void)[];
  readonly #commits: Commit[] = [];
  #assigned: readonly number[] = [];
  #paused = false;
  /** How many revocations this reader has not finished. While this is above 0, nothing is delivered. */
  #revoking = 0;
  #interrupted = false;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(options: GroupReaderOptions, host: GroupReaderHost) {
    this.#options = options;
    this.#host = host;
    this.#delivery = new MemoryDelivery(host.connection, {
      onRecord: (record) => options.onRecord(record),
      ready: () => !this.#paused && this.#revoking === 0,
    });
    this.#stopListening = [
      host.connection.onChange(() => this.#connectionChanged()),
      host.topics.onChange((topic) => this.#topicChanged(topic)),
    ];
    host.group.join(this);
  }

  get topic(): string {
    return this.#options.topic;
  }

  get reachable(): boolean {
    return this.#host.connection.up;
  }

  get lag(): number {
    return this.#delivery.lag;
  }

  get assigned(): readonly TopicPartition[] {
    return this.#named(this.#assigned);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#delivery.wake();
  }

  commit(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    if (this.#closed) return Promise.reject(memoryError('closed', this.#committing));
    return new Promise((resolve, reject) => {
      this.#commits.push({ offsets: [...offsets], resolve, reject });
      setImmediate(() => this.#answerCommits());
    });
  }

  assign(partitions: readonly number[]): void {
    setImmediate(() => {
      if (this.#ended) return;
      this.#assigned = [...this.#assigned, ...partitions];
      this.#read(partitions);
      this.#options.onAssigned?.(this.#named(partitions), this);
      if (!this.#interrupted) return;
      this.#interrupted = false;
      this.#options.onRestored?.();
    });
  }

  async revoke(partitions: readonly number[]): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#ended) return;
    this.#revoking++;
    this.#assigned = this.#assigned.filter((partition) => !partitions.includes(partition));
    const done = (async () => this.#options.onRevoked?.(this.#named(partitions), this))();
    await atMost(this.#host.clock, done, this.#options.revokeTimeoutMs ?? 5000);
    this.#revoking--;
    this.#delivery.remove(partitions);
  }

  /** Reports an error in a later turn, as the client library does, and continues. */
  fail(error: LogError): void {
    setImmediate(() => {
      if (!this.#ended) this.#options.onError(error);
    });
  }

  /** An error ends the reading: the reader leaves the group. */
  async interrupt(): Promise<void> {
    this.#interrupted = true;
    this.#options.onInterrupted?.();
    await this.#host.group.leave(this);
  }

  /** The reader joins the group again after {@link interrupt}. */
  restore(): void {
    if (this.#interrupted) this.#host.group.join(this);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // While the group is out of reach, the reader cannot give partitions back.
    if (this.reachable) await this.#host.group.leave(this);
    else this.#host.group.remove(this);
    this.#closed = true;
    this.#assigned = [];
    this.#delivery.close();
    for (const stop of this.#stopListening) stop();
    for (const { resolve } of this.#commits.splice(0)) resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }

  get #ended(): boolean {
    return this.#closed || this.#host.connection.ended;
  }

  get #committing(): string {
    return `committing offsets of group ${this.#options.group}`;
  }

  #answerCommits(): void {
    if (!this.#host.connection.up) return;
    for (const { offsets, resolve, reject } of this.#commits.splice(0)) {
      const found = new Map<MemoryPartition, number>();
      for (const { topic, partition, offset } of offsets) {
        const known = this.#host.topics.partition(topic, partition);
        if (known !== undefined) found.set(known, offset);
      }
      if (found.size < offsets.length) reject(memoryError('unknownTopic', this.#committing));
      else if (!this.#host.group.commit(this, found)) reject(memoryError('unknownMember', this.#committing));
      else resolve();
    }
  }

  #connectionChanged(): void {
    const { connection, group } = this.#host;
    if (connection.ended) {
      group.remove(this);
      for (const { reject } of this.#commits.splice(0)) reject(memoryError('transport', this.#committing));
    } else if (connection.up) {
      group.reach();
      setImmediate(() => this.#answerCommits());
    }
  }

  /** Reads from the group's committed offset, or from the oldest record. */
  #read(partitions: readonly number[]): void {
    for (const number of partitions) {
      const partition = this.#host.topics.partition(this.topic, number);
      if (partition === undefined) continue; // its topic was deleted meanwhile
      this.#delivery.add(partition, this.#host.group.committed(partition) ?? partition.start, 'earliest');
    }
  }

  /** If the topic is deleted, reports that. The member keeps its partitions, in case the topic is made again. */
  #topicChanged(topic: string): void {
    if (topic !== this.topic || this.#assigned.length === 0) return;
    const changed = this.#assigned.filter((number) => {
      const partition = this.#host.topics.partition(topic, number);
      return partition === undefined || !this.#delivery.reads(partition);
    });
    this.#delivery.remove(changed);
    this.#read(changed);
    if (this.#host.topics.find(topic) !== undefined) return;
    const doing = `reading ${topic} in group ${this.#options.group}`;
    this.fail(memoryError('unknownPartition', doing));
    this.fail(memoryError('unknownTopic', doing));
  }

  #named(partitions: readonly number[]): TopicPartition[] {
    return partitions.map((partition) => ({ topic: this.topic, partition }));
  }
}
