import { type LastingReader, openLastingReader, type Reading } from './lasting-reader.js';
import type {
  GroupMember,
  GroupReader,
  GroupReaderOptions,
  LogRecord,
  TopicPartition,
  TopicPartitionOffset,
} from './log.js';
import { kafkaErrors, LogError, type Rights } from './log-error.js';
import { type CheckedConnectionOptions, groupOptions } from './log-options.js';
import { atMost, ReadingConsumer } from './reading-consumer.js';

/** If a broker does not know a topic yet: how soon it is asked again, and how long it may take to answer. */
const LOOK_PAUSE_MS = 100;
const LOOK_MS = 1000;
/**
 * If the reading thread still lives after this time, the group has not refused the member. A KIP-848 group tells nothing to a member
 * without partitions. A classic group tells nothing while it waits for another member.
 */
const PROOF_MS = 3000;
/** How long a member of a classic group waits for its first partitions before it joins again. Each pause is for one try. */
const REJOIN_PAUSES_MS = [1000, 4000];
/** What librdkafka logs if a broker does not have the KIP-848 protocol as librdkafka speaks it. It then tries again for ever. */
const TOO_OLD_LOG = 'ConsumerGroupHeartbeatRequest not supported by broker';
/** How long `onRevoked` may take by default. */
const REVOKE_MS = 5000;
/** How long leaving a group may take, in addition to the time that the reader needs to give its partitions back. */
const LEAVE_GRACE_MS = 2000;

/** Reads a topic as a member of a group. */
export async function readGroup(
  options: CheckedConnectionOptions,
  embedded: boolean,
  reader: GroupReaderOptions,
  onInterrupted: (cause: LogError) => void,
): Promise<GroupReader> {
  const flow: Flow = { paused: false, refused: false };
  const start = (): Promise<GroupReading> => GroupReading.open(options, embedded, reader, flow);
  const listener = {
    onError: (error: LogError) => reader.onError(error),
    onCause: (cause: LogError) => {
      flow.refused = isRefusal(cause);
      onInterrupted(cause);
    },
    onInterrupted: () => reader.onInterrupted?.(),
    onRestored: () => reader.onRestored?.(),
  };
  const lasting = await openLastingReader(doingOf(reader), start, listener, options.connectTimeoutMs);
  return new RdkafkaGroupReader(reader, flow, lasting);
}

/** The state that the reader and its consumers share. */
interface Flow {
  /** Whether the delivery of records is paused. */
  paused: boolean;
  /** Whether the last consumer had no right to read the topic. */
  refused: boolean;
}

/** Whether the broker says that this client may not read the topic. */
function isRefusal(error: LogError): boolean {
  return error.code === kafkaErrors.topicAuthorization;
}

function doingOf({ topic, group }: GroupReaderOptions): string {
  return `reading ${topic} in group ${group}`;
}

function rightsOf({ topic, group }: GroupReaderOptions): Rights {
  return { topic: `Read on topic ${topic}`, group: `Read on group ${group}` };
}

class RdkafkaGroupReader implements GroupReader {
  readonly #reader: GroupReaderOptions;
  readonly #flow: Flow;
  readonly #lasting: LastingReader<GroupReading>;

  constructor(reader: GroupReaderOptions, flow: Flow, lasting: LastingReader<GroupReading>) {
    this.#reader = reader;
    this.#flow = flow;
    this.#lasting = lasting;
  }

  get lag(): number {
    return this.#lasting.current?.lag ?? 0;
  }

  get assigned(): readonly TopicPartition[] {
    return this.#lasting.current?.assigned ?? [];
  }

  pause(): void {
    if (this.#flow.paused) return;
    this.#flow.paused = true;
    this.#lasting.current?.pause();
  }

  resume(): void {
    if (!this.#flow.paused) return;
    this.#flow.paused = false;
    this.#lasting.current?.resume();
  }

  commit(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    const { current } = this.#lasting;
    if (current !== undefined) return current.commit(offsets);
    const message = `committing offsets of group ${this.#reader.group}: the reader is not in the group now`;
    return Promise.reject(new LogError(message, { code: kafkaErrors.unknownMember }));
  }

  close(): Promise<void> {
    return this.#lasting.close();
  }
}

/** The membership of one consumer in a group. */
class GroupReading implements Reading, GroupMember {
  readonly proven: Promise<void>;
  readonly died: Promise<void>;
  readonly #reader: GroupReaderOptions;
  readonly #flow: Flow;
  readonly #consumer: ReadingConsumer;
  #assigned: TopicPartition[] = [];
  #member = false;
  /** The pauses of {@link REJOIN_PAUSES_MS} that are left. */
  #rejoinPauses: readonly number[];
  #rejoin: NodeJS.Timeout | undefined;
  /** Settles at the first event of the group. */
  readonly #joined: Promise<void>;
  #join: () => void = () => undefined;
  #prove: () => void = () => undefined;
  #proof: NodeJS.Timeout;
  /** Ends the reading, although the thread lives. */
  #refuse: () => void = () => undefined;
  #refusal: LogError | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** The last record that was read from each partition. A partition without an entry has not delivered a record yet. */
  readonly #lastRead = new Map<number, { offset: number; timestamp: number | undefined }>();
  /** The first records of partitions that had not delivered a record when the reader was paused. */
  #held: LogRecord[] = [];
  /** How many calls of `onRevoked` are under way. */
  #givingBack = 0;
  /** Called when this reader has given all its partitions back. */
  #givenBack: (() => void) | undefined;
  #ended = false;
  #dropped = false;

  static async open(
    options: CheckedConnectionOptions,
    embedded: boolean,
    reader: GroupReaderOptions,
    flow: Flow,
  ): Promise<GroupReading> {
    let reading: GroupReading | undefined;
    const settings = groupOptions(options, embedded);
    const consumer = await ReadingConsumer.open(
      doingOf(reader),
      { ...settings, 'group.id': reader.group },
      {
        onRecord: (record) => reading?.onRecord(record),
        onError: (error) => reading?.onError(error),
        onRebalance: (event, partitions) => reading?.rebalance(event, partitions),
      },
      rightsOf(reader),
      options.connectTimeoutMs,
    );
    try {
      const rejoinPauses = settings['group.protocol'] === 'classic' ? REJOIN_PAUSES_MS : [];
      reading = new GroupReading(reader, flow, consumer, rejoinPauses);
      return reading;
    } catch (error) {
      await consumer.close(() => undefined);
      throw error;
    }
  }

  private constructor(
    reader: GroupReaderOptions,
    flow: Flow,
    consumer: ReadingConsumer,
    rejoinPauses: readonly number[],
  ) {
    this.#reader = reader;
    this.#flow = flow;
    this.#consumer = consumer;
    this.#rejoinPauses = rejoinPauses;
    const refused = new Promise<void>((resolve) => {
      this.#refuse = resolve;
    });
    this.died = Promise.race([consumer.died, refused]);
    this.#joined = new Promise((resolve) => {
      this.#join = resolve;
    });
    this.proven = new Promise((resolve) => {
      this.#prove = resolve;
    });
    this.#proof = setTimeout(() => void this.#proveByAnswer(), PROOF_MS);
    const events: NodeJS.EventEmitter = consumer.client;
    events.on('event.log', ({ message }: { message: string }) => {
      if (message.includes(TOO_OLD_LOG)) consumer.fail(tooOld(reader));
    });
    consumer.client.subscribe([reader.topic]);
  }

  /**
   * Drops the second copy of a record that comes twice in a row. After a pause, librdkafka gives a record again if its thread took the
   * record just when the pause began. A record with the same offset and another timestamp is not a copy: it is from a new topic that has
   * taken the place of a deleted one.
   */
  onRecord(record: LogRecord): void {
    const { partition, offset, timestamp } = record;
    const last = this.#lastRead.get(partition);
    if (last === undefined) {
      this.#onFirst(record);
      return;
    }
    if (last.offset === offset && last.timestamp === timestamp) return;
    last.offset = offset;
    last.timestamp = timestamp;
    this.#reader.onRecord(record);
  }

  #onFirst(record: LogRecord): void {
    const { topic, partition, offset, timestamp } = record;
    // The group has taken the partition away. Its next owner reads this record.
    if (!this.#has(partition)) return;
    if (!this.#flow.paused) {
      this.#lastRead.set(partition, { offset, timestamp });
      this.#reader.onRecord(record);
      return;
    }
    if (!this.#held.some((held) => held.partition === partition)) this.#consumer.client.pause([{ topic, partition }]);
    this.#held.push(record);
  }

  async #proveByAnswer(): Promise<void> {
    if (await this.#consumer.answers()) this.#prove();
  }

  /**
   * Ends the reading if this client may not read the topic. The group would keep such a member, and give it partitions.
   *
   * Looks for the topic again if it is unknown. A new topic is not known to every broker at once, and librdkafka by itself would look for
   * it again only after seconds or minutes. A new subscription does not help, because librdkafka answers it from its cache. The consumer
   * joins as soon as librdkafka knows the topic.
   */
  onError(error: LogError): void {
    if (isRefusal(error)) {
      this.#refusal ??= error;
      this.#refuse();
      return;
    }
    if (error.code !== kafkaErrors.unknownTopic || this.#member) {
      this.#reader.onError(error);
      return;
    }
    this.#prove(); // The member waits for its topic.
    this.#lookForTopicSoon();
  }

  #lookForTopicSoon(): void {
    if (this.#ended) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      const { topic } = this.#reader;
      this.#consumer.client.getMetadata({ topic, allTopics: false, timeout: LOOK_MS }, (error, metadata) => {
        const found = !error && metadata.topics.some(({ name, partitions }) => name === topic && partitions.length > 0);
        if (!found && !this.#member) this.#lookForTopicSoon();
      });
    }, LOOK_PAUSE_MS);
  }

  get lag(): number {
    return this.#consumer.lag(this.#assigned);
  }

  get assigned(): readonly TopicPartition[] {
    return this.#assigned;
  }

  /**
   * Pauses the partitions that have delivered a record. The others go on until their first record, which is held back. A pause while
   * librdkafka looks up where a partition begins would make it look again half a second later, and deliver all records once more.
   */
  pause(): void {
    const reading = this.#assigned.filter(({ partition }) => this.#lastRead.has(partition));
    if (reading.length > 0) this.#consumer.client.pause(reading);
  }

  resume(): void {
    for (const record of this.#held.splice(0)) this.onRecord(record);
    // The reader may have paused again at one of these records.
    if (!this.#flow.paused && this.#assigned.length > 0) this.#consumer.client.resume(this.#assigned);
  }

  commit(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    return this.#consumer.commit(offsets);
  }

  rebalance(event: { readonly code: number }, partitions: TopicPartition[]): void {
    if (this.#consumer.disconnecting) {
      this.#dropAll();
      return;
    }
    this.#member = true;
    this.#join();
    clearTimeout(this.#proof);
    // The group lets in members that may not read the topic. They hear of it only when they fetch.
    if (this.#flow.refused && !this.#ended) this.#proof = setTimeout(() => void this.#proveByAnswer(), PROOF_MS);
    else this.#prove();
    if (event.code !== kafkaErrors.assignPartitions) {
      void this.#giveBack(partitions);
      return;
    }
    try {
      this.#take(partitions);
    } catch (error) {
      this.#reader.onError(LogError.from(`taking partitions of ${this.#reader.topic}`, error));
    }
  }

  /** Answers the events that a dead thread did not serve. One answer is enough for all of them. */
  #dropAll(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    try {
      this.#consumer.client.unassign();
    } catch {
      // The consumer has disconnected.
    }
  }

  #take(partitions: TopicPartition[]): void {
    const { client } = this.#consumer;
    if (this.#cooperative) client.incrementalAssign(partitions);
    else client.assign(partitions);
    this.#assigned = [...this.#assigned, ...partitions];
    if (partitions.length > 0) this.#rejoinPauses = [];
    else this.#joinAgainSoon();
    this.#reader.onAssigned?.(partitions, this);
  }

  /**
   * Joins again if this member has had no partitions so far. In a classic group, one member divides the partitions, and asks only the
   * group's coordinator for their number. A coordinator that does not know a new topic yet answers that there are none. librdkafka does not
   * correct this division later, because its own list of topics does not change. More members than partitions look the same to a member.
   */
  #joinAgainSoon(): void {
    const [pauseMs, ...pauses] = this.#rejoinPauses;
    if (pauseMs === undefined || this.#rejoin !== undefined || this.#ended) return;
    this.#rejoin = setTimeout(() => {
      this.#rejoin = undefined;
      if (this.#rejoinPauses.length === 0) return;
      this.#rejoinPauses = pauses;
      this.#consumer.client.unsubscribe();
      this.#consumer.client.subscribe([this.#reader.topic]);
    }, pauseMs);
  }

  async #giveBack(partitions: TopicPartition[]): Promise<void> {
    await this.#revoke(partitions);
    const { client } = this.#consumer;
    if (this.#consumer.disconnecting) return;
    try {
      // librdkafka would remember the pause if it got the partition again.
      if (partitions.length > 0) client.resume(partitions);
      if (this.#cooperative) client.incrementalUnassign(partitions);
      else client.unassign();
    } catch (error) {
      this.#reader.onError(LogError.from(`giving back partitions of ${this.#reader.topic}`, error));
    }
    if (!this.#hasPartitions) this.#givenBack?.();
  }

  /**
   * Tells the reader that it loses these partitions, except those that it has given back already. If the thread is dead, the reader gives
   * its partitions back before the group takes them away.
   */
  async #revoke(partitions: TopicPartition[]): Promise<void> {
    const names = new Set(partitions.map(partitionName));
    const revoked = this.#assigned.filter((partition) => names.has(partitionName(partition)));
    if (revoked.length === 0) return;
    this.#assigned = this.#assigned.filter((partition) => !revoked.includes(partition));
    this.#held = this.#held.filter(({ partition }) => this.#has(partition));
    for (const { partition } of revoked) this.#lastRead.delete(partition);
    this.#givingBack++;
    await atMost(this.#reader.onRevoked?.(revoked, this), this.#reader.revokeTimeoutMs ?? REVOKE_MS);
    this.#givingBack--;
  }

  #has(partition: number): boolean {
    return this.#assigned.some((assigned) => assigned.partition === partition);
  }

  get #hasPartitions(): boolean {
    return this.#assigned.length > 0 || this.#givingBack > 0;
  }

  get #cooperative(): boolean {
    return this.#consumer.client.rebalanceProtocol() === 'COOPERATIVE';
  }

  /**
   * Leaves the group. The reader gives its partitions back as in any rebalance, while it still polls for records. If the thread is dead,
   * the reader gives them back first: librdkafka keeps up the membership until the consumer disconnects.
   */
  async end(): Promise<LogError | undefined> {
    this.#ended = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#rejoin);
    clearTimeout(this.#proof);
    const error = await this.#consumer.close(
      () => this.#leave(),
      () => this.#revoke(this.#assigned),
    );
    return this.#refusal ?? error;
  }

  async #leave(): Promise<void> {
    // A member that leaves while it joins would stay registered in the group until its session ends.
    if (!this.#member) await atMost(this.#joined, LEAVE_GRACE_MS);
    const given = new Promise<void>((resolve) => {
      this.#givenBack = resolve;
    });
    this.#consumer.client.unsubscribe();
    const timeout = (this.#reader.revokeTimeoutMs ?? REVOKE_MS) + LEAVE_GRACE_MS;
    if (this.#hasPartitions) await atMost(given, timeout);
    // librdkafka puts off an `unsubscribe` during a rebalance, and reads on. A pause takes effect at once.
    if (this.#assigned.length > 0) this.#consumer.client.pause(this.#assigned);
  }
}

function tooOld(reader: GroupReaderOptions): LogError {
  const says = 'the broker does not have the consumer protocol of KIP-848, which Kafka has from 4.0 on';
  const message = `${doingOf(reader)}: ${says} (leave out the option group.protocol, or set it to classic)`;
  return new LogError(message, { code: kafkaErrors.unsupportedVersion });
}

function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
