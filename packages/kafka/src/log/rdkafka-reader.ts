import { setImmediate } from 'node:timers/promises';
import rdkafka from 'node-rdkafka';
import type {
  GroupReader,
  GroupReaderOptions,
  LogRecord,
  PartitionReaderOptions,
  Reader,
  TopicPartition,
  TopicPartitionOffset,
} from './log.js';
import { kafkaErrors, LogError } from './log-error.js';
import {
  type CheckedConnectionOptions,
  clientArguments,
  consumerOptions,
  groupOptions,
  type KafkaOptions,
  wrongOption,
} from './log-options.js';

/** How long a broker may take to answer where a partition ends. */
const END_OFFSET_MS = 5000;
/** librdkafka's offset that means the oldest record. */
const OFFSET_BEGINNING = -2;
/** How long the reading thread waits for a record. This time is short, because closing may have to wait that long. */
const CONSUME_WAIT_MS = 50;
/** How long the reading thread may take to answer. The thread answers at once, unless it has ended because of an error. */
const THREAD_ANSWER_MS = 2000;
/** How long a group may be silent before an error is reported. */
const SILENCE_MS = 30_000;
/** If a broker does not know a topic yet: how soon it is asked again, and how long it may take to answer. */
const LOOK_PAUSE_MS = 100;
const LOOK_MS = 1000;
/** How long closing a consumer may take. After that the consumer is abandoned. */
const DISCONNECT_MS = 10_000;
/** How long leaving a group may take, in addition to the time that the reader needs to give its partitions back. */
const LEAVE_GRACE_MS = 2000;

/** Reads one partition from an offset, without a group. */
export async function readPartition(
  options: CheckedConnectionOptions,
  embedded: boolean,
  reader: PartitionReaderOptions,
): Promise<Reader> {
  const { topic, partition } = reader;
  const [global, topicOptions] = clientArguments({
    ...consumerOptions(options, embedded),
    ...(reader.offset === 'start' ? { 'auto.offset.reset': 'earliest' } : {}),
    ...(reader.onEnd === undefined ? {} : { 'enable.partition.eof': true }),
  });
  const thread = new ReadingThread();
  const offset_commit_cb = (_error: unknown, offsets: readonly unknown[]): void => {
    if (offsets.length === 0) thread.onAnswer();
  };
  const consumer = makeConsumer({ ...global, offset_commit_cb } as unknown as KafkaOptions, topicOptions);
  await connect(consumer, options.connectTimeoutMs);
  try {
    const offset = reader.offset === 'end' ? await endOf(consumer, topic, partition) : startOf(reader.offset);
    consumer.assign([{ topic, partition, offset }]);
  } catch (error) {
    await disconnect(consumer);
    throw error;
  }
  consumer.on('partition.eof', (eof: TopicPartitionOffset) => reader.onEnd?.(eof.offset));
  flow(consumer, `reading ${topic}[${partition}]`, reader);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= stopReading(consumer, thread, () => consumer.unassign());
    return closing;
  };
  return {
    close,
    get lag() {
      return lagOf(consumer, [{ topic, partition }]);
    },
  };
}

/** Asks only the client library, not a broker. A partition from which nothing was fetched yet counts as 0. */
function lagOf(consumer: rdkafka.KafkaConsumer, partitions: readonly TopicPartition[]): number {
  if (!consumer.isConnected() || partitions.length === 0) return 0;
  let lag = 0;
  for (const { topic, partition, offset } of consumer.position([...partitions])) {
    const { highOffset } = consumer.getWatermarkOffsets(topic, partition);
    if (offset !== undefined && offset >= 0 && highOffset > offset) lag += highOffset - offset;
  }
  return lag;
}

function startOf(offset: number | 'start'): number {
  return offset === 'start' ? OFFSET_BEGINNING : offset;
}

/**
 * Finds the offset at which a partition ends now. librdkafka has an offset that means the end. But librdkafka looks up the end only some
 * time after reading has begun, and the reader would miss the records that were written until then.
 */
export function endOf(
  client: rdkafka.KafkaConsumer | rdkafka.Producer,
  topic: string,
  partition: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    client.queryWatermarkOffsets(topic, partition, END_OFFSET_MS, (error, offsets) =>
      error ? reject(error) : resolve(offsets.highOffset),
    );
  });
}

/** @throws TypeError for an option or a value that librdkafka refuses. */
function makeConsumer(global: KafkaOptions, topic: KafkaOptions): rdkafka.KafkaConsumer {
  try {
    return new rdkafka.KafkaConsumer(global, topic);
  } catch (error) {
    throw wrongOption('kafka or consumer', error);
  }
}

/** Reads a topic as a member of a group. */
export async function readGroup(
  options: CheckedConnectionOptions,
  embedded: boolean,
  reader: GroupReaderOptions,
): Promise<GroupReader> {
  const group = new RdkafkaGroupReader(options, embedded, reader);
  await group.open(options.connectTimeoutMs);
  return group;
}

class RdkafkaGroupReader implements GroupReader {
  readonly #reader: GroupReaderOptions;
  readonly #consumer: rdkafka.KafkaConsumer;
  readonly #thread = new ReadingThread();
  #assigned: TopicPartition[] = [];
  /** Called at the first event of the group. */
  #joined: (() => void) | undefined;
  #member = false;
  #retry: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #paused = false;
  #closing: Promise<void> | undefined;
  /** How many times the reader is giving partitions back at this moment. */
  #givingBack = 0;
  /** Called when this reader has given all its partitions back. */
  #givenBack: (() => void) | undefined;
  /** Commits that the broker has not answered yet, oldest first. The broker answers in order. */
  readonly #commits: { resolve(): void; reject(error: LogError): void }[] = [];

  constructor(options: CheckedConnectionOptions, embedded: boolean, reader: GroupReaderOptions) {
    this.#reader = reader;
    const [global, topic] = clientArguments(groupOptions(options, embedded));
    this.#consumer = makeConsumer(
      {
        ...global,
        'group.id': reader.group,
        rebalance_cb: (event: { code: number }, partitions: TopicPartition[]) => this.#rebalance(event, partitions),
        offset_commit_cb: (error: unknown, offsets: readonly unknown[]) => {
          if (offsets.length === 0) this.#thread.onAnswer();
          else this.#committed(error);
        },
      } as unknown as KafkaOptions,
      topic,
    );
  }

  async open(timeoutMs: number): Promise<void> {
    await connect(this.#consumer, timeoutMs);
    this.#consumer.subscribe([this.#reader.topic]);
    // node-rdkafka's reading thread stops silently at some errors, for example if the broker refuses the session timeout or the client may
    // not read the group. A member without partitions may hear nothing either.
    this.#silence = setTimeout(() => {
      const silent = `group ${this.#reader.group} has not answered for ${SILENCE_MS} ms`;
      this.#reader.onError(
        new LogError(`${silent}: other members have all partitions, or it refuses this member`, { code: -1 }),
      );
    }, SILENCE_MS).unref();
    flow(this.#consumer, `reading ${this.#reader.topic} in group ${this.#reader.group}`, {
      onRecord: (record) => this.#reader.onRecord(record),
      onError: (error) => this.#onError(error),
    });
  }

  /**
   * Looks for the topic again if it is unknown. A new topic is not known to every broker at once, and librdkafka by itself would look for
   * it again only after minutes. A new subscription does not help, because librdkafka answers it from its cache. The consumer joins as soon
   * as librdkafka knows the topic.
   */
  #onError(error: LogError): void {
    if (error.code === kafkaErrors.unknownTopic && !this.#member) this.#lookForTopicSoon();
    else this.#reader.onError(error);
  }

  #lookForTopicSoon(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      const { topic } = this.#reader;
      this.#consumer.getMetadata({ topic, allTopics: false, timeout: LOOK_MS }, (error, metadata) => {
        const found = !error && metadata.topics.some(({ name, partitions }) => name === topic && partitions.length > 0);
        if (!found && !this.#member && this.#closing === undefined) this.#lookForTopicSoon();
      });
    }, LOOK_PAUSE_MS);
  }

  get lag(): number {
    return lagOf(this.#consumer, this.#assigned);
  }

  get assigned(): readonly TopicPartition[] {
    return this.#assigned;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (this.#assigned.length > 0) this.#consumer.pause(this.#assigned);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#assigned.length > 0) this.#consumer.resume(this.#assigned);
  }

  commit(offsets: readonly { topic: string; partition: number; offset: number }[]): Promise<void> {
    // librdkafka refuses a commit of no offsets. ReadingThread alone makes such commits: their refusals are its answers.
    if (offsets.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      try {
        this.#consumer.commit([...offsets]);
        this.#commits.push({ resolve, reject });
      } catch (error) {
        reject(LogError.from(`committing offsets of group ${this.#reader.group}`, error));
      }
    });
  }

  #committed(error: unknown): void {
    const commit = this.#commits.shift();
    if (error == null) commit?.resolve();
    else commit?.reject(LogError.from(`committing offsets of group ${this.#reader.group}`, error));
  }

  #rebalance(event: { code: number }, partitions: TopicPartition[]): void {
    // Events of the group may still come after the consumer has disconnected.
    if (!this.#consumer.isConnected()) return;
    this.#member = true;
    clearTimeout(this.#silence);
    this.#joined?.();
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

  #take(partitions: TopicPartition[]): void {
    if (this.#cooperative) this.#consumer.incrementalAssign(partitions);
    else this.#consumer.assign(partitions);
    this.#assigned = [...this.#assigned, ...partitions];
    if (this.#paused && partitions.length > 0) this.#consumer.pause(partitions);
    this.#reader.onAssigned?.(partitions, this);
  }

  async #giveBack(partitions: TopicPartition[]): Promise<void> {
    const revoked = new Set(partitions.map(partitionName));
    this.#assigned = this.#assigned.filter((partition) => !revoked.has(partitionName(partition)));
    this.#givingBack++;
    await atMost(this.#reader.onRevoked?.(partitions, this), this.#reader.revokeTimeoutMs ?? 5000);
    this.#givingBack--;
    if (!this.#consumer.isConnected()) return;
    try {
      if (this.#cooperative) this.#consumer.incrementalUnassign(partitions);
      else this.#consumer.unassign();
    } catch (error) {
      this.#reader.onError(LogError.from(`giving back partitions of ${this.#reader.topic}`, error));
    }
    if (!this.#hasPartitions) this.#givenBack?.();
  }

  get #hasPartitions(): boolean {
    return this.#assigned.length > 0 || this.#givingBack > 0;
  }

  get #cooperative(): boolean {
    return this.#consumer.rebalanceProtocol() === 'COOPERATIVE';
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Leaves the group. The reader gives its partitions back as in any rebalance, while it still polls for records. */
  async #close(): Promise<void> {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    await stopReading(this.#consumer, this.#thread, async () => {
      // A member that leaves while it joins would stay registered in the group until its session ends.
      if (!this.#member)
        await atMost(
          new Promise<void>((resolve) => {
            this.#joined = resolve;
          }),
          LEAVE_GRACE_MS,
        );
      const given = new Promise<void>((resolve) => {
        this.#givenBack = resolve;
      });
      this.#consumer.unsubscribe();
      const timeout = (this.#reader.revokeTimeoutMs ?? 5000) + LEAVE_GRACE_MS;
      if (this.#hasPartitions) await atMost(given, timeout);
      // librdkafka puts off an `unsubscribe` during a rebalance, and reads on. A pause takes effect at once.
      if (this.#assigned.length > 0) this.#consumer.pause(this.#assigned);
    });
    for (const commit of this.#commits.splice(0)) commit.resolve();
  }
}

/** Delivers records and errors to the reader as the consumer gets them. */
function flow(
  consumer: rdkafka.KafkaConsumer,
  doing: string,
  reader: { onRecord(record: LogRecord): void; onError(error: LogError): void },
): void {
  consumer.on('data', (message) => {
    const { topic, partition, offset, timestamp } = message;
    reader.onRecord({ topic, partition, offset, key: bytes(message.key), value: bytes(message.value), timestamp });
  });
  consumer.on('event.error', (error) => reader.onError(LogError.from(doing, error)));
  // A warning (the topic is gone, or this client may not read it) comes with each try. The client library keeps trying.
  (consumer as NodeJS.EventEmitter).on('warning', (error: unknown) => reader.onError(LogError.from(doing, error)));
  consumer.setDefaultConsumeTimeout(CONSUME_WAIT_MS);
  consumer.setDefaultConsumeLoopTimeoutDelay(0);
  consumer.consume((error) => {
    if (error) reader.onError(LogError.from(doing, error));
  });
}

/**
 * The thread in which node-rdkafka reads for a consumer. To get an answer from the thread, this class commits no offsets. Such a commit
 * never goes to a broker: librdkafka refuses it, and the thread reports the refusal to the consumer's `offset_commit_cb`. That report is
 * the answer.
 */
class ReadingThread {
  readonly #waiting: (() => void)[] = [];

  /** The consumer calls this when a commit of no offsets was refused. */
  onAnswer(): void {
    this.#waiting.shift()?.();
  }

  /**
   * Waits until the thread has passed on every record that it took before the consumer stopped reading. If the thread has ended, it gives
   * no answer, and this waits no longer. One answer is not enough, although the thread gives it after those records. In one turn, the event
   * loop may look for records first and for answers second. If a record and then the answer come between these two looks, the answer is
   * delivered in this turn, and the record only in the next turn. The record comes at the latest in the turn of the second answer.
   */
  async passOn(consumer: rdkafka.KafkaConsumer): Promise<void> {
    if (!(await this.#answers(consumer))) return;
    await this.#answers(consumer);
    await setImmediate();
  }

  async #answers(consumer: rdkafka.KafkaConsumer): Promise<boolean> {
    if (!consumer.isConnected()) return false;
    let answered = false;
    const answer = new Promise<void>((resolve) => {
      this.#waiting.push(() => {
        answered = true;
        resolve();
      });
    });
    consumer.commit([]);
    await atMost(answer, THREAD_ANSWER_MS);
    // If the event loop was held up, the time is over before it looks for the answer.
    if (!answered) await setImmediate();
    return answered;
  }
}

/**
 * Disconnects a consumer that reads. When a consumer disconnects, node-rdkafka drops the records that its reading thread holds, and
 * librdkafka waits for those records for ever. So this function first stops the reading, and lets the thread pass on the records that it
 * has.
 *
 * @param end stops the reading.
 */
async function stopReading(consumer: rdkafka.KafkaConsumer, thread: ReadingThread, end: () => unknown): Promise<void> {
  if (!consumer.isConnected()) return;
  try {
    await end();
    await thread.passOn(consumer);
  } finally {
    await atMost(disconnect(consumer), DISCONNECT_MS);
  }
}

function bytes(data: Buffer | string | null | undefined): Buffer | null {
  if (data == null) return null;
  return typeof data === 'string' ? Buffer.from(data) : data;
}

/** Connects any client of node-rdkafka. Does not ask for all topics, because their list may be long and is not needed. */
export function connect(client: rdkafka.KafkaConsumer | rdkafka.Producer, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    client.connect({ allTopics: false, timeout: timeoutMs }, (error) => (error ? reject(error) : resolve()));
  });
}

/** Disconnects any client of node-rdkafka. Does nothing if the client is not connected. */
export function disconnect(client: rdkafka.KafkaConsumer | rdkafka.Producer): Promise<void> {
  return new Promise((resolve) => {
    if (!client.isConnected()) resolve();
    else client.disconnect(() => resolve());
  });
}

function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** Waits until `work` succeeds or fails, but at most `ms` milliseconds. */
async function atMost(work: Promise<void> | undefined, ms: number): Promise<void> {
  if (work === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}
