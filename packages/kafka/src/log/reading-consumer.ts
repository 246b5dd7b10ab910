import { setImmediate } from 'node:timers/promises';
import rdkafka from 'node-rdkafka';
import type { LogRecord, TopicPartition, TopicPartitionOffset } from './log.js';
import { endOfReading, LogError, type Rights } from './log-error.js';
import { clientArguments, type KafkaOptions, wrongOption } from './log-options.js';

/** How long the reading thread waits for a record. This time is short, because closing may have to wait that long. */
const CONSUME_WAIT_MS = 50;
/** How often the reading thread is asked whether it still runs. node-rdkafka has no event for the thread's end. */
const ASK_INTERVAL_MS = 500;
/**
 * How many intervals in a row the thread may be silent before it counts as dead. A running thread answers within a millisecond. Intervals
 * are counted, because the clock would also count the time in which this process was stopped.
 */
const SILENT_INTERVALS = 3;
/** How long {@link ReadingConsumer.answers} waits for the thread's answer. */
const ANSWER_MS = 2000;
/** How long disconnecting may take. After that the consumer is abandoned. */
const DISCONNECT_MS = 10_000;
/** How long closing waits for the answers to commits. librdkafka gives up a commit that finds no coordinator within 6 s. */
const COMMITS_MS = 8000;

interface Commit {
  resolve(): void;
  reject(error: LogError): void;
}

/** The events of a {@link ReadingConsumer}. */
export interface ConsumerEvents {
  onRecord(record: LogRecord): void;
  /** librdkafka reports a problem and keeps trying. */
  onError(error: LogError): void;
  /** The consumer has read its partition up to this offset, where the partition ends now. */
  onEnd?(offset: number): void;
  /** The group gives partitions or takes them away. */
  onRebalance?(event: { readonly code: number }, partitions: TopicPartition[]): void;
}

/**
 * A connected consumer of node-rdkafka, and the thread in which node-rdkafka reads for it.
 *
 * Most errors of the consumer end the thread. Examples are a group coordinator that is not ready, a member that another member has
 * fenced, a lost permission to read the group, and a record that cannot be decompressed. node-rdkafka does not report the thread's end
 * until the consumer disconnects. So this class asks the thread again and again. Its question is a commit of no offsets. Such a commit
 * never goes to a broker: librdkafka refuses it, and the thread reports the refusal to `offset_commit_cb`. That report is the answer.
 */
export class ReadingConsumer {
  readonly client: rdkafka.KafkaConsumer;
  /** Settles when the thread has ended because of an error. The consumer then reads nothing more. */
  readonly died: Promise<void>;
  readonly #doing: string;
  readonly #rights: Rights;
  /** Commits that the broker has not answered yet, oldest first. The broker answers in order. */
  readonly #commits: Commit[] = [];
  /** Called when the broker has answered all commits. */
  #onNoCommits: (() => void) | undefined;
  readonly #asking: NodeJS.Timeout;
  readonly #waiting: { readonly question: number; resolve(): void }[] = [];
  #asked = 0;
  #answered = 0;
  #silentIntervals = 0;
  #dead = false;
  #tellDeath: () => void = () => undefined;
  #disconnecting = false;
  #cause: LogError | undefined;

  /**
   * Connects, and starts the thread.
   *
   * @param doing the work of this consumer, such as `reading orders`. It begins the messages of errors.
   * @param rights those that the work needs.
   * @throws TypeError for an option or a value that librdkafka refuses; an error of librdkafka if no broker answers.
   */
  static async open(
    doing: string,
    options: KafkaOptions,
    events: ConsumerEvents,
    rights: Rights,
    timeoutMs: number,
  ): Promise<ReadingConsumer> {
    let opened: ReadingConsumer | undefined;
    const callbacks = {
      ...(events.onRebalance && { rebalance_cb: events.onRebalance }),
      offset_commit_cb: (error: unknown, offsets: readonly unknown[]) => {
        if (opened === undefined) return;
        if (offsets.length > 0) opened.#onCommitted(error);
        else opened.#onAnswer();
      },
    };
    const [global, topic] = clientArguments(options);
    const client = makeConsumer({ ...global, ...callbacks } as unknown as KafkaOptions, topic);
    await connectConsumer(client, timeoutMs);
    opened = new ReadingConsumer(doing, client, events, rights);
    return opened;
  }

  private constructor(doing: string, client: rdkafka.KafkaConsumer, events: ConsumerEvents, rights: Rights) {
    this.client = client;
    this.#doing = doing;
    this.#rights = rights;
    client.on('data', (message) => {
      const { topic, partition, offset, timestamp } = message;
      events.onRecord({ topic, partition, offset, key: bytes(message.key), value: bytes(message.value), timestamp });
    });
    client.on('partition.eof', (eof: TopicPartitionOffset) => events.onEnd?.(eof.offset));
    const onError = (error: unknown): void => events.onError(LogError.from(doing, error, rights));
    client.on('event.error', onError);
    // A warning (the topic is gone, or this client may not read it) comes with each try. The client library keeps trying.
    (client as NodeJS.EventEmitter).on('warning', onError);
    client.setDefaultConsumeTimeout(CONSUME_WAIT_MS);
    client.setDefaultConsumeLoopTimeoutDelay(0);
    client.consume((error) => {
      if (error) this.#cause = endOfReading(doing, error, rights);
    });
    this.died = new Promise((resolve) => {
      this.#tellDeath = resolve;
    });
    this.#asking = setInterval(() => this.#askAgain(), ASK_INTERVAL_MS);
  }

  /** Whether the thread has ended because of an error. */
  get dead(): boolean {
    return this.#dead;
  }

  /**
   * Whether the consumer has begun to disconnect. From then on librdkafka serves the events that the thread did not serve, and waits until
   * the last one was answered with an `unassign`. It accepts no other answer.
   */
  get disconnecting(): boolean {
    return this.#disconnecting;
  }

  /**
   * Commits offsets of the group.
   *
   * @throws LogError if the broker refuses them, or the consumer disconnects. If the thread is dead, nobody reports a refusal.
   */
  async commit(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    // A commit of no offsets is the question to the thread. Its refusal would count as an answer.
    if (offsets.length === 0) return;
    if (this.#disconnecting)
      throw new LogError(`committing offsets while ${this.#doing}: the reader was closed`, { code: -1 });
    await new Promise<void>((resolve, reject) => {
      try {
        this.client.commit([...offsets]);
        if (this.#dead) resolve();
        else this.#commits.push({ resolve, reject });
      } catch (error) {
        reject(this.#notCommitted(error));
      }
    });
  }

  #notCommitted(error: unknown): LogError {
    return LogError.from(`committing offsets while ${this.#doing}`, error, this.#rights);
  }

  /** Settles when the broker has answered all commits. If the thread is dead, nobody passes the answers on. */
  #allCommitted(): Promise<void> {
    if (this.#dead || this.#commits.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onNoCommits = resolve;
    });
  }

  #onCommitted(error: unknown): void {
    const commit = this.#commits.shift();
    if (error == null) commit?.resolve();
    else commit?.reject(this.#notCommitted(error));
    if (this.#commits.length === 0) this.#onNoCommits?.();
  }

  /** Asks the thread whether it runs. */
  async answers(): Promise<boolean> {
    if (this.#dead || !this.client.isConnected()) return false;
    this.#ask();
    const question = this.#asked;
    const answer = new Promise<void>((resolve) => {
      this.#waiting.push({ question, resolve });
    });
    await atMost(answer, ANSWER_MS);
    // If the event loop was held up, the time is over before it looks for the answer.
    if (this.#answered < question) await setImmediate();
    if (this.#answered < question) this.#die();
    return !this.#dead;
  }

  /** Ends the reading because of an error that the thread does not notice. */
  fail(error: LogError): void {
    this.#cause ??= error;
    this.#die();
  }

  /** How many records of these partitions were not delivered yet. A partition from which nothing was fetched yet counts as 0. */
  lag(partitions: readonly TopicPartition[]): number {
    if (this.#dead || this.#disconnecting || partitions.length === 0) return 0;
    let lag = 0;
    for (const { topic, partition, offset } of this.client.position([...partitions])) {
      const { highOffset } = this.client.getWatermarkOffsets(topic, partition);
      if (offset !== undefined && offset >= 0 && highOffset > offset) lag += highOffset - offset;
    }
    return lag;
  }

  #askAgain(): void {
    if (this.#answered === this.#asked) {
      this.#silentIntervals = 0;
      this.#ask();
      return;
    }
    this.#silentIntervals++;
    if (this.#silentIntervals >= SILENT_INTERVALS) this.#die();
  }

  #die(): void {
    clearInterval(this.#asking);
    this.#dead = true;
    this.#tellDeath();
  }

  #ask(): void {
    this.#asked++;
    try {
      this.client.commit([]);
    } catch {
      // The question stays without an answer.
    }
  }

  #onAnswer(): void {
    this.#answered++;
    while ((this.#waiting[0]?.question ?? Number.POSITIVE_INFINITY) <= this.#answered) this.#waiting.shift()?.resolve();
  }

  /**
   * Ends the reading and disconnects. When a consumer disconnects, node-rdkafka drops the records that its thread holds, and librdkafka
   * waits for those records for ever. So this function first stops the reading, and lets the thread pass on the records that it has.
   *
   * When a consumer disconnects, librdkafka also waits for ever for a commit that no broker answers, and even `process.exit` waits for that
   * thread. In the rare case that Kafka is gone and a commit has no answer, the consumer disconnects only when the answer comes.
   *
   * @param stopReading stops the flow of records to the consumer. It is not called if the thread is dead.
   * @param ifDead is called instead, before the consumer disconnects.
   * @returns the error that ended the thread, if one did.
   */
  async close(stopReading: () => unknown, ifDead?: () => unknown): Promise<LogError | undefined> {
    clearInterval(this.#asking);
    try {
      if (await this.answers()) {
        await stopReading();
        await this.#passOn();
      } else await ifDead?.();
    } finally {
      this.#disconnecting = true;
      await this.#disconnect();
    }
    return this.#cause;
  }

  async #disconnect(): Promise<void> {
    const committed = this.#allCommitted();
    await atMost(committed, COMMITS_MS);
    // The entries stay, so that each answer still finds its commit.
    for (const { resolve } of this.#commits) resolve();
    // If the thread has ended in the meantime, no answer can come any more.
    if (this.#commits.length > 0 && (await this.answers())) void committed.then(() => disconnect(this.client));
    else await atMost(disconnect(this.client), DISCONNECT_MS);
  }

  /**
   * Waits until the thread has passed on every record that it took before the consumer stopped reading. If the thread has ended, it gives
   * no answer, and this method stops waiting. One answer is not enough, although the thread gives it after those records. In one turn, the
   * event loop may look for records first and for answers second. If a record and then the answer come between these two looks, the answer
   * is delivered in this turn, and the record only in the next turn. The record comes at the latest in the turn of the second answer.
   */
  async #passOn(): Promise<void> {
    if (!(await this.answers())) return;
    await this.answers();
    await setImmediate();
  }
}

/** @throws TypeError for an option or a value that librdkafka refuses. */
function makeConsumer(global: KafkaOptions, topic: KafkaOptions): rdkafka.KafkaConsumer {
  try {
    return new rdkafka.KafkaConsumer(global, topic);
  } catch (error) {
    throw wrongOption('kafka or consumer', error);
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

/**
 * Connects a consumer, and lets it have events from then on. node-rdkafka crashes if librdkafka has an event just while node-rdkafka begins
 * to take events, which is after it has made the client: it may use libuv's handle before the handle is initialized. A consumer needs no
 * event from before. It hears of errors when it reads.
 */
export function connectConsumer(client: rdkafka.KafkaConsumer, timeoutMs: number): Promise<void> {
  const { _cb_configs: callbacks } = client as unknown as { _cb_configs: { event: object } };
  const { event } = callbacks;
  callbacks.event = {};
  // `connect` asks for metadata as soon as the client is made and takes events.
  client.getMetadata = (options, callback) => {
    Reflect.deleteProperty(client, 'getMetadata');
    callbacks.event = event;
    (client.getClient() as NativeClient).configureCallbacks(true, { event });
    return client.getMetadata(options, callback);
  };
  return connect(client, timeoutMs);
}

/** A part of node-rdkafka's own client. */
interface NativeClient {
  configureCallbacks(add: boolean, callbacks: object): void;
}

/** Disconnects any client of node-rdkafka. Does nothing if the client is not connected. */
export function disconnect(client: rdkafka.KafkaConsumer | rdkafka.Producer): Promise<void> {
  return new Promise((resolve) => {
    if (!client.isConnected()) resolve();
    else client.disconnect(() => resolve());
  });
}

/** Waits until `work` succeeds or fails, but at most `ms` milliseconds. */
export async function atMost(work: Promise<void> | undefined, ms: number): Promise<void> {
  if (work === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}
