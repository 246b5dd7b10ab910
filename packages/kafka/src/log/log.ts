import type { LogError } from './log-error.js';

/**
 * The operations of Kafka that Wherry needs. The interface is small, so that another client library could implement it.
 * {@link openLog} opens the implementation on node-rdkafka.
 */
export interface Log extends AsyncDisposable {
  /** Whether the broker is an embedded broker, which needs other settings than real Kafka. */
  readonly embedded: boolean;
  /**
   * Gives a record to the client library, which sends it at once. If sending fails later, `onUndelivered` is called.
   *
   * @param acknowledged called with the record's offset when the broker has the record. Allowed only if the log was opened with
   *   `acknowledgements`.
   * @throws {@link LogError} if the record is too large, or the library's queue is full.
   */
  produce(
    topic: string,
    partition: number,
    key: Buffer,
    value: Buffer | null,
    acknowledged?: (offset: number) => void,
    headers?: RecordHeaders,
  ): void;
  /** Waits until every produced record is acknowledged or has failed, at most `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  /**
   * Whether a partition exists, even if it has no leader at the moment. The broker that is asked may not know a new topic yet.
   *
   * Use this for names that came from outside: the client library then remembers nothing of a topic that does not exist. After
   * {@link partitions} it keeps a little memory for each name, for good.
   *
   * @throws {@link LogError} if Kafka does not answer.
   */
  exists(topic: string, partition: number): Promise<boolean>;
  /** How many partitions a topic has. 0 if the topic does not exist, or this client may not see it. */
  partitions(topic: string): Promise<number>;
  /**
   * Finds out whether this client may see a topic for which {@link partitions} says 0. Settles within a second, also if it remains unknown.
   *
   * @param operation the right that the caller of this method needs. Read, Write and Delete include the right to see the topic.
   * @throws {@link LogError} that names this right, if the client may not see the topic.
   */
  checkAccess(topic: string, operation: 'Read' | 'Write'): Promise<void>;
  /** The names of all topics whose names begin with `prefix`. */
  topics(prefix: string): Promise<string[]>;
  /**
   * Makes a topic, and waits until brokers know it. The embedded broker uses only the name.
   *
   * @returns false if the topic existed already.
   */
  createTopic(topic: NewTopic): Promise<boolean>;
  /** Deletes a topic. Returns false if the topic did not exist. The embedded broker keeps all topics. */
  deleteTopic(topic: string): Promise<boolean>;
  /** Whether partition 0 of a topic has a record at or after a time (milliseconds since the Unix epoch). */
  hasRecordSince(topic: string, time: number): Promise<boolean>;
  /**
   * The offset that the next record of a partition will get.
   *
   * @throws {@link LogError} if the broker does not answer, or the partition does not exist.
   */
  endOf(topic: string, partition: number): Promise<number>;
  /**
   * The offset of the oldest record that a partition still has; its end if it has none.
   *
   * @throws {@link LogError} if the broker does not answer, or the partition does not exist.
   */
  startOf(topic: string, partition: number): Promise<number>;
  /** Reads one partition, without a group, from an offset or from the partition's current beginning or end. */
  readPartition(options: PartitionReaderOptions): Promise<Reader>;
  /**
   * Reads a topic as a member of a consumer group. Settles when the group has answered, or after 3 s if the group has not refused this
   * client by then.
   *
   * @throws {@link LogError} if the group refuses this client, or errors end the reading again and again for `connectTimeoutMs`.
   */
  readGroup(options: GroupReaderOptions): Promise<GroupReader>;
  /** Closes the log and every reader that it opened. It waits up to 2 s for records under way. You may call it more than once. */
  close(): Promise<void>;
}

/** The headers of a record, each a name and a text. The client library does not support bytes here. */
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

/** A record that was read. An empty key or value is null, because the client library does not tell empty and null apart. */
export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /**
   * The time at which the record was written, in milliseconds since the Unix epoch, by the writer's clock. Absent if the topic does not
   * keep it.
   */
  readonly timestamp?: number | undefined;
}

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A position in a partition. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** The options of {@link Log.readPartition}. */
export interface PartitionReaderOptions extends TopicPartition {
  /** The first offset to read. `start` is the oldest record, even if the topic is replaced by a new one of the same name. */
  readonly offset: number | 'start' | 'end';
  /** Called for each record. Records of one partition come in order. */
  onRecord(record: LogRecord): void;
  /**
   * Called for an error of the reader, for example if its topic was deleted, and for an error that has ended the reading
   * ({@link LogOptions.onInterrupted}). The reader keeps trying, so records may still come.
   */
  onError(error: LogError): void;
  /**
   * Called when all records before this offset have been delivered and the partition has no more records now. The call may be late by
   * `fetch.wait.max.ms`, half a second. The call also comes if the last records of the partition were compacted away.
   */
  onEnd?(offset: number): void;
}

/** The options of {@link Log.readGroup}. */
export interface GroupReaderOptions {
  readonly topic: string;
  readonly group: string;
  /** Called for each record. Records of one partition come in order. */
  onRecord(record: LogRecord): void;
  /** Called for an error of the reader. The reader keeps trying, so records may still come. */
  onError(error: LogError): void;
  /**
   * Called when an error has ended the reading. The reader then calls {@link onRevoked} for all its partitions and leaves the group.
   * `onInterrupted` of the log follows with the error, and the reader joins the group again.
   */
  onInterrupted?(): void;
  /** Called when the reader has joined the group again after {@link onInterrupted}. */
  onRestored?(): void;
  /** Called when the group has given these partitions to this reader, in addition to those that it has. */
  onAssigned?(partitions: readonly TopicPartition[], member: GroupMember): void;
  /**
   * Called when the group takes these partitions away. The reader keeps them until the promise settles, at most
   * `revokeTimeoutMs`, so that offsets can be committed first.
   */
  onRevoked?(partitions: readonly TopicPartition[], member: GroupMember): Promise<void>;
  /** How long `onRevoked` may take, in milliseconds. Default 5,000. */
  readonly revokeTimeoutMs?: number;
}

/** A reader of one partition or several. */
export interface Reader {
  /** How many records of the partitions were not delivered yet, as of the last fetch. */
  readonly lag: number;
  /** Stops reading, and leaves the group if the reader is in one. You may call it more than once. */
  close(): Promise<void>;
}

/** A membership in a consumer group. It ends when the reader is closed or interrupted. */
export interface GroupMember {
  /** Commits offsets. Each is the offset of the next record to read. Settles when the broker has answered. */
  commit(offsets: readonly TopicPartitionOffset[]): Promise<void>;
}

/** A reader that is a member of a consumer group. */
export interface GroupReader extends Reader, GroupMember {
  /** The partitions that this member has now. */
  readonly assigned: readonly TopicPartition[];
  /** Stops the delivery of records until {@link resume}. A few records that are on their way may still come. */
  pause(): void;
  /** Continues after {@link pause}. */
  resume(): void;
}
