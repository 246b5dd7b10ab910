import type { NewTopic } from '../log/log.js';
import { memoryError } from './errors.js';
import { MemoryPartition } from './partition.js';

/** A topic in memory. */
export interface MemoryTopic {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly partitions: readonly MemoryPartition[];
}

/** The topics of a broker in memory. */
export class MemoryTopics {
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #listeners = new Set<(topic: string) => void>();

  /** @param defaultPartitions how many partitions a topic gets if it is made with -1 partitions. */
  constructor(readonly defaultPartitions: number) {}

  get names(): readonly string[] {
    return [...this.#topics.keys()];
  }

  find(name: string): MemoryTopic | undefined {
    return this.#topics.get(name);
  }

  partition(topic: string, partition: number): MemoryPartition | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  /**
   * @returns false if the topic exists.
   * @throws {@link LogError} for a name, a number or a setting that Kafka refuses.
   */
  create({ name, partitions, replicationFactor = 1, config = {} }: NewTopic): boolean {
    const doing = `making topic ${name}`;
    if (!/^[A-Za-z0-9._-]{1,249}$/.test(name)) throw memoryError('invalidTopic', doing);
    if (this.#topics.has(name)) return false;
    const length = partitions === -1 ? this.defaultPartitions : partitions;
    if (!Number.isInteger(length) || length < 1) throw memoryError('invalidPartitions', doing);
    if (replicationFactor !== 1) throw memoryError('invalidReplication', `${doing} on one broker`);
    for (const setting of Object.keys(config)) {
      if (!topicSettings.has(setting)) throw memoryError('invalidConfig', `${doing}: unknown setting ${setting}`);
    }
    const made = Array.from({ length }, (_, index) => new MemoryPartition(name, index));
    this.#topics.set(name, { name, config: { ...config }, partitions: made });
    this.#tell(name);
    return true;
  }

  /** Adds partitions, until the topic has this many. */
  grow(name: string, partitions: number): void {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new TypeError(`the broker in memory has no topic ${name}`);
    const { length } = topic.partitions;
    const more = Array.from({ length: partitions - length }, (_, index) => new MemoryPartition(name, length + index));
    this.#topics.set(name, { ...topic, partitions: [...topic.partitions, ...more] });
    this.#tell(name);
  }

  /** @returns false if the topic did not exist. */
  delete(name: string): boolean {
    if (!this.#topics.delete(name)) return false;
    this.#tell(name);
    return true;
  }

  /** Calls `listener` when a topic was made or deleted. @returns a function that stops it. */
  onChange(listener: (topic: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(topic: string): void {
    for (const listener of [...this.#listeners]) listener(topic);
  }
}

/** The settings of a topic: https://kafka.apache.org/documentation/#topicconfigs */
const topicSettings = new Set([
  'cleanup.policy',
  'compression.gzip.level',
  'compression.lz4.level',
  'compression.type',
  'compression.zstd.level',
  'delete.retention.ms',
  'file.delete.delay.ms',
  'flush.messages',
  'flush.ms',
  'follower.replication.throttled.replicas',
  'index.interval.bytes',
  'leader.replication.throttled.replicas',
  'local.retention.bytes',
  'local.retention.ms',
  'max.compaction.lag.ms',
  'max.message.bytes',
  'message.timestamp.after.max.ms',
  'message.timestamp.before.max.ms',
  'message.timestamp.type',
  'min.cleanable.dirty.ratio',
  'min.compaction.lag.ms',
  'min.insync.replicas',
  'preallocate',
  'remote.storage.enable',
  'retention.bytes',
  'retention.ms',
  'segment.bytes',
  'segment.index.bytes',
  'segment.jitter.ms',
  'segment.ms',
  'unclean.leader.election.enable',
]);
