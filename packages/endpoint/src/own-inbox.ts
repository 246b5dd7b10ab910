import { type Log, LogError, type LogRecord } from '@wherry/kafka';
import { kafkaErrors } from '@wherry/kafka/internal';
import type { InboxAddress, Lease } from '@wherry/wire';
import { defaultHeartbeatMs, type Inbox, type InboxOptions, openInbox } from './inbox.js';
import type { Logger } from './logger.js';
import { within } from './within.js';

/** The parts of the instance that its {@link OwnInbox} uses. */
export interface OwnInboxHost {
  readonly log: Log;
  readonly namespace: string;
  readonly logger: Logger;
  /** Writes a heartbeat to this instance's own inbox. */
  beat(heartbeat: Lease): void;
  onRecord(record: LogRecord): void;
  /** The inbox was deleted or cannot be read, and was replaced. Calls under way receive nothing more. */
  onReplaced(): void;
  /** No broker can be reached. The client library keeps trying. */
  onUnreachable(error: LogError): void;
  /** Records arrive again. */
  onReachable(): void;
}

/**
 * An inbox counts as deleted if brokers say so this many times in a row, with a pause between. A broker that was held up knows no topic
 * that was made in the meantime.
 */
const DENIALS = 3;
const DENIAL_PAUSE_MS = 500;

/**
 * The inbox of an instance, for as long as the instance lives. If its reader hears that the inbox was deleted, another inbox replaces it.
 * The inbox's heartbeat is a record that the instance writes to its own inbox. If two heartbeats in a row do not come back, another inbox
 * replaces it too. A heartbeat that does come back also shows that Kafka is in reach.
 */
export class OwnInbox {
  readonly #host: OwnInboxHost;
  readonly #options: InboxOptions;
  readonly #timer: NodeJS.Timeout;
  #inbox: Inbox;
  #unreadBeats = 0;
  /** Since when no broker can be reached, on the clock of `performance.now()`; undefined if Kafka is in reach. */
  #unreachableSince: number | undefined;
  /** Whether a heartbeat of this inbox has come back. */
  #proven = false;
  readonly #firstHeartbeat: Promise<void>;
  #haveFirstHeartbeat: () => void = () => undefined;
  #refuse: (error: LogError) => void = () => undefined;
  /** The last trouble before the first heartbeat came back. */
  #trouble: LogError | undefined;
  /** Whether this instance has logged that it may not write or read its inbox. */
  #refused = false;
  /** Whether a heartbeat or a question is on its way to find out if the inbox still exists. */
  #checking = false;
  /** The pause before the next question. */
  #question: NodeJS.Timeout | undefined;
  #replacement: Promise<void> | undefined;
  #closed = false;

  /** @param inbox is being read already. It keeps its records until {@link start}. */
  constructor(host: OwnInboxHost, options: InboxOptions, inbox: Inbox) {
    this.#host = host;
    this.#options = options;
    this.#inbox = inbox;
    this.#timer = setInterval(() => this.#beat(), this.#heartbeatMs);
    this.#firstHeartbeat = new Promise((resolve, reject) => {
      this.#haveFirstHeartbeat = resolve;
      this.#refuse = reject;
    });
  }

  get address(): InboxAddress {
    return this.#inbox.address;
  }

  get lag(): number {
    return this.#inbox.lag;
  }

  /**
   * Takes the records that came, and every record from now on. Settles when the first heartbeat has come back. This proves that the inbox
   * can be written and read.
   *
   * @throws {@link LogError} if this instance may not write or read its inbox, or if no heartbeat comes back within `timeoutMs`.
   */
  async start(timeoutMs: number): Promise<void> {
    this.#use(this.#inbox);
    if (await within(this.#firstHeartbeat, timeoutMs)) return;
    const { topic } = this.address;
    const last = this.#trouble === undefined ? '' : `; the last trouble was: ${this.#trouble.message}`;
    const message = `inbox ${topic} cannot be read: no record that was written to it came back within ${timeoutMs} ms`;
    throw new LogError(`${message}${last}`, { code: this.#trouble?.code ?? -1, cause: this.#trouble });
  }

  /** A lease that this instance wrote came back. */
  heardFromItself(): void {
    this.#unreadBeats = 0;
    this.#checking = false;
    this.#proven = true;
    this.#refused = false;
    this.#haveFirstHeartbeat();
    this.#reached();
  }

  /** The connection to Kafka failed. A heartbeat comes back when Kafka is in reach again. */
  onTrouble(error: LogError): void {
    this.#hearOfTrouble(error);
    const fatal = error.code === kafkaErrors.fatal;
    if (fatal) this.#host.logger.error(`${error.message}; this instance cannot continue, create a new one`);
    else if (error.code !== kafkaErrors.allBrokersDown) return;
    if (this.#unreachableSince !== undefined || this.#closed) return;
    this.#unreachableSince = performance.now();
    if (!fatal) this.#host.logger.warn(`Kafka is out of reach: ${error.message}; this instance keeps trying`);
    this.#host.onUnreachable(error);
    this.#beat();
  }

  /**
   * A heartbeat could not be written. If the inbox is gone, it is replaced. If the heartbeat took too long, it is repeated until Kafka is
   * back. If the heartbeat was refused, the next one is written at its usual time.
   */
  undelivered(error: LogError): void {
    this.#hearOfTrouble(error);
    if (error.topicUnknown) {
      this.#askForTopic();
      return;
    }
    this.#checking = false;
    this.#unreadBeats = 0;
    if (error.retriable) this.#beat();
  }

  #hearOfTrouble(error: LogError): void {
    this.#trouble = error;
    if (!error.retriable) this.#refuse(error);
    if (!error.denied || !this.#proven || this.#refused || this.#closed) return;
    this.#refused = true;
    this.#host.logger.error(`${error.message}; until this instance has the right again, its calls get no replies`);
  }

  /** Stops the heartbeat. Call this first, then send the last records, then {@link close}. */
  stop(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#question);
    return this.#replacement ?? Promise.resolve();
  }

  /** Stops reading. Deletes the topic if this instance made it. Never throws. */
  async close(): Promise<void> {
    await this.stop();
    await this.#closeInbox(this.#inbox);
  }

  async #closeInbox(inbox: Inbox): Promise<void> {
    const error = await inbox.close();
    if (error?.denied) this.#host.logger.warn(`inbox ${inbox.address.topic} is left behind: ${error.message}`);
  }

  get #heartbeatMs(): number {
    return this.#options.heartbeatMs ?? defaultHeartbeatMs;
  }

  #use(inbox: Inbox): void {
    this.#inbox = inbox;
    this.#unreadBeats = 0;
    this.#proven = false;
    this.#checking = false;
    clearTimeout(this.#question);
    inbox.listen({
      onRecord: (record) => this.#host.onRecord(record),
      onError: (error) => {
        if (this.#inbox === inbox) this.#onReaderError(error);
      },
    });
    this.#beat();
  }

  /**
   * If a broker says that a new topic does not exist, the broker may simply not know the topic yet. A record to the topic shows whether the
   * topic exists: the record comes back, or it cannot be written. The client library gives up such a record only after 30 s. So if
   * the topic has existed, this instance asks the brokers about it.
   */
  #onReaderError(error: LogError): void {
    if (!error.topicUnknown) this.onTrouble(error);
    else if (!this.#checking && !this.#closed) {
      this.#checking = true;
      if (this.#proven) this.#askForTopic();
      else this.#writeBeat();
    }
  }

  #askForTopic(): void {
    const inbox = this.#inbox;
    const ask = async (denials: number): Promise<void> => {
      // If no broker answers, the inbox may be intact.
      const partitions = await this.#host.log.partitions(inbox.address.topic).catch(() => 1);
      if (this.#inbox !== inbox || this.#closed) return;
      if (partitions === 0 && denials < DENIALS) {
        this.#question = setTimeout(() => void ask(denials + 1), DENIAL_PAUSE_MS);
        return;
      }
      this.#checking = false;
      if (partitions === 0) this.#unreadBeats = Number.POSITIVE_INFINITY;
      if (partitions === 0 || !this.#proven) this.#beat();
    };
    this.#checking = true;
    clearTimeout(this.#question);
    void ask(1);
  }

  #writeBeat(): void {
    this.#host.beat({ kind: 'lease', leaseMs: this.#heartbeatMs, echo: 0 });
  }

  #beat(): void {
    if (this.#closed) return;
    if (this.#unreadBeats >= 2) {
      this.#replacement ??= this.#replace().finally(() => {
        this.#replacement = undefined;
      });
      return;
    }
    this.#unreadBeats++;
    this.#writeBeat();
  }

  async #replace(): Promise<void> {
    const { log, namespace, logger } = this.#host;
    const old = this.#inbox;
    const { topic } = old.address;
    try {
      await log.partitions(topic); // Throws if Kafka does not answer: then the inbox may be intact.
      this.#use(await openInbox(log, namespace, this.#options));
    } catch (error) {
      if (this.#unreachableSince === undefined)
        logger.error(`inbox ${topic} cannot be read and could not be replaced yet: ${error}`);
      return;
    }
    logger.error(`inbox ${topic} was deleted or cannot be read: calls under way end, new calls use a new inbox`);
    this.#reached();
    this.#host.onReplaced();
    await this.#closeInbox(old).catch((error: unknown) => logger.warn(`closing inbox ${topic}: ${error}`));
  }

  #reached(): void {
    if (this.#unreachableSince === undefined) return;
    const seconds = (performance.now() - this.#unreachableSince) / 1000;
    this.#unreachableSince = undefined;
    this.#host.logger.warn(`Kafka is in reach again, after ${seconds.toFixed(1)} s`);
    this.#host.onReachable();
  }
}
