import type { LogError } from './log-error.js';

/**
 * The log as Wherry needs it: little enough to be read at a glance, and to be done by another client library one day.
 * {@link openLog} gives the one there is, on node-rdkafka.
 */
export interface Log extends AsyncDisposable {
  /** Whether this is the embedded broker, whose needs differ from those of real Kafka. */
  readonly embedded: boolean;
  /**
   * Hands a record to the client library, which sends it at once. `acknowledged` is called with its offset when the broker
   * has it, and may only be given where the log was opened with `acknowledgements`. What fails later goes to `onUndelivered`.
   *
   * @throws {@link LogError} when the record cannot be taken: it is too large, or the library's queue is full.
   */
  produce(
    topic: string,
    partition: number,
    key: Buffer,
    value: Buffer | null,
    acknowledged?: (offset: number) => void,
    headers?: RecordHeaders,
  ): void;
  /** Waits until all that was produced is acknowledged or failed, at most `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  /** How many partitions a topic has: 0 where it does not exist, or may not be seen. */
  partitions(topic: string): Promise<number>;
  /** The names of all topics that begin with `prefix`. */
  topics(prefix: string): Promise<string[]>;
  /** Makes a topic, and waits until it can be seen; false where it was there already. On the embedded broker only the name counts. */
  createTopic(topic: NewTopic): Promise<boolean>;
  /** Deletes a topic; false where it did not exist. The embedded broker keeps its topics. */
  deleteTopic(topic: string): Promise<boolean>;
  /** Whether partition 0 of a topic has a record at or after a time (milliseconds since the Unix epoch). */
  hasRecordSince(topic: string, time: number): Promise<boolean>;
  /**
   * The offset that the next record of a partition will get.
   *
   * @throws {@link LogError} when the broker does not answer, or there is no such partition.
   */
  endOf(topic: string, partition: number): Promise<number>;
  /** Reads one partition by direct assignment, from an offset or from where it now begins or ends. No group is involved. */
  readPartition(options: PartitionReaderOptions): Promise<Reader>;
  /** Reads a topic as a member of a consumer group. */
  readGroup(options: GroupReaderOptions): Promise<GroupReader>;
  /** Closes the log and every reader it opened. Records not yet delivered are given a moment. Harmless when repeated. */
  close(): Promise<void>;
}

/** Headers of a record, each a name and its text: the client library does not keep bytes. */
export type RecordHeaders = readonly (readonly [name: string, text: string])[];

/** A topic to be made. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** How many brokers keep a copy. Absent: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined;
  /** Topic settings, by Kafka's names. */
  readonly config?: Readonly<Record<string, string>>;
}

/** A record as it was read. A key or value without bytes is null: the client library does not tell them apart. */
export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** When its writer wrote it, in milliseconds since the Unix epoch by the writer's clock, where the topic keeps that. */
  readonly timestamp?: number | undefined;
}

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A place in a partition. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** What {@link Log.readPartition} takes. */
export interface PartitionReaderOptions extends TopicPartition {
  /** `start`: the oldest record there is, also when a topic of the same name takes the place of this one. */
  readonly offset: number | 'start' | 'end';
  /** A record was read. Those of a partition come in order. */
  onRecord(record: LogRecord): void;
  /** The reader cannot go on: its topic is gone, say. It delivers nothing more. */
  onError(error: LogError): void;
  /**
   * All records before this offset have been delivered, and there are no more now. It may come late (by
   * `fetch.wait.max.ms`, half a second), but it comes also where the last records of the partition were compacted away.
   */
  onEnd?(offset: number): void;
}

/** What {@link Log.readGroup} takes. */
export interface GroupReaderOptions {
  readonly topic: string;
  readonly group: string;
  /** A record was read. Those of a partition come in order. */
  onRecord(record: LogRecord): void;
  /** The reader cannot go on, and delivers nothing more. */
  onError(error: LogError): void;
  /** The group gave it these, beside those it has. */
  onAssigned?(partitions: readonly TopicPartition[], reader: GroupReader): void;
  /**
   * The group wants these partitions back. They are kept until the promise settles (but not for ever: at most
   * `revokeTimeoutMs`), so that what was done with them can be committed first.
   */
  onRevoked?(partitions: readonly TopicPartition[], reader: GroupReader): Promise<void>;
  /** Milliseconds. Default 5,000. */
  readonly revokeTimeoutMs?: number;
}

/** A partition, or several, being read. */
export interface Reader {
  /** How many records the partitions that are read have that were not delivered yet, as far as the last fetch told. */
  readonly lag: number;
  /** Delivers nothing more, and leaves the group where there is one. Harmless when repeated. */
  close(): Promise<void>;
}

/** A member of a consumer group. */
export interface GroupReader extends Reader {
  /** The partitions this member has now. */
  readonly assigned: readonly TopicPartition[];
  /** Stops delivery of records, a few that are on their way apart, until {@link resume}. */
  pause(): void;
  /** Goes on after {@link pause}. */
  resume(): void;
  /** Commits offsets: each is that of the next record to read. Settles when the broker has answered. */
  commit(offsets: readonly TopicPartitionOffset[]): Promise<void>;
}
