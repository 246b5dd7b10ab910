import { LogError } from '@wherry/kafka';
import { kafkaErrors } from '@wherry/kafka/internal';
import { Queue } from './queue.js';
import { runGuarded } from './run-guarded.js';

/** An inbox as a destination of records. */
export interface Destination {
  /** Names the topic and the partition. */
  readonly name: string;
  readonly topic: string;
  readonly partition: number;
}

/** The parts of the instance that {@link InboxGate} uses. */
export interface GateHost {
  /** Whether a partition exists; see `Log.exists`. */
  exists(topic: string, partition: number): Promise<boolean>;
  /** The names of the topics that may be inboxes. */
  inboxes(): Promise<readonly string[]>;
}

/** Something that is to be sent to an inbox. */
export interface Held {
  /** About how many bytes it holds. */
  readonly bytes: number;
  /** The inbox exists, or nobody can say: send it. */
  send(): void;
  /** It cannot be sent. */
  refuse(error: LogError): void;
}

/** The clock of the gate. Tests bring their own. */
export interface GateClock {
  /** Milliseconds that never go backwards. */
  now(): number;
  /** Calls `run` once, after `ms` milliseconds. @returns a function that prevents it. */
  after(ms: number, run: () => void): () => void;
}

const realClock: GateClock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Limits of {@link InboxGate}. */
export const gateLimits = {
  /** How many inboxes are remembered. If one more is seen, the one seen first is forgotten, and asked about again. */
  known: 100_000,
  /** How many questions are under way at once. Each occupies a thread of libuv, which has four. */
  questions: 2,
  /** If more inboxes than this wait for a first answer, the list of all topics is asked for instead: one question for all of them. */
  single: 200,
  /** How many bytes may wait for answers. */
  heldBytes: 67_108_864,
  /** How many inboxes that were not found are asked about again. If one more is not found, the oldest is given up. */
  doubtful: 500,
  /** How long, in milliseconds, an inbox may be new: a broker may not know a topic yet that another broker has made. */
  appearMs: 5000,
  /** The pause, in milliseconds, before the inboxes that were not found are asked about again. Kafka has no event for a new topic. */
  retryMs: 250,
} as const;

/** An inbox that is asked about. */
class Inquiry {
  next: Inquiry | undefined;

  constructor(
    readonly to: Destination,
    readonly since: number,
    readonly held: Held[],
  ) {}
}

/**
 * Sends to an inbox only if it exists, or if no broker can say. The address of an inbox comes from outside. librdkafka keeps each topic for
 * which it was given a record, looks through all of them at each record, and asks for the missing ones again and again. Records for
 * thousands of forged inboxes would block librdkafka, and with it the event loop.
 *
 * So before the first record for an inbox leaves, the brokers are asked about it. The records for it wait meanwhile, in their order.
 */
export class InboxGate {
  readonly #host: GateHost;
  readonly #clock: GateClock;
  readonly #known = new Set<string>();
  readonly #inquiries = new Map<string, Inquiry>();
  /** Not asked about yet. */
  readonly #fresh = new Queue<Inquiry>();
  #freshCount = 0;
  #listing = false;
  /** Not found, and asked about again once {@link #fresh} is empty. */
  readonly #again = new Queue<Inquiry>();
  /** Not found. They wait for the next question. */
  readonly #doubtful = new Set<Inquiry>();
  /** All that a broker said it does not know. */
  readonly #denied = new Set<Inquiry>();
  /** Asked about without an answer. They are asked about again after a pause. */
  #unanswered: Inquiry[] = [];
  /** Kafka gave no answer. Until the end of the pause, nothing is asked. */
  #silent = false;
  #heldBytes = 0;
  #asking = 0;
  #stopPause: (() => void) | undefined;
  #whenFree: (() => void)[] = [];
  #closed = false;

  constructor(host: GateHost, clock = realClock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** How many inboxes have records that wait. */
  get waiting(): number {
    return this.#inquiries.size;
  }

  /** Whether records for this inbox may leave at once. If not, {@link hold} them. */
  knows(name: string): boolean {
    return this.#known.has(name);
  }

  /** Keeps something until it is known whether its inbox exists. Then calls one of its methods. */
  hold(to: Destination, held: Held): void {
    if (this.#closed) {
      held.refuse(unknownInbox(to, 'this instance is closed'));
      return;
    }
    if (!this.#makeRoom(held.bytes)) {
      const waiting = this.#inquiries.get(to.name);
      if (waiting !== undefined) this.#send(waiting);
      runGuarded(() => held.send());
      return;
    }
    this.#heldBytes += held.bytes;
    const inquiry = this.#inquiries.get(to.name);
    if (inquiry !== undefined) {
      inquiry.held.push(held);
      return;
    }
    const begun = new Inquiry(to, this.#clock.now(), [held]);
    this.#inquiries.set(to.name, begun);
    this.#fresh.push(begun);
    this.#freshCount++;
    this.#ask();
  }

  /**
   * Gives up the inboxes that were not found, the oldest first, until so many bytes may wait.
   *
   * @returns false if that is not enough. Nothing says then that the inboxes do not exist.
   */
  #makeRoom(bytes: number): boolean {
    for (const inquiry of this.#denied) {
      if (this.#heldBytes + bytes <= gateLimits.heldBytes) return true;
      this.#refuse(inquiry);
    }
    return this.#heldBytes + bytes <= gateLimits.heldBytes;
  }

  #learn(name: string): void {
    const [first] = this.#known;
    if (this.#known.size >= gateLimits.known && first !== undefined) this.#known.delete(first);
    this.#known.add(name);
  }

  /** The inbox was deleted. It is asked about before the next record leaves. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  /** Settles once nothing waits, or after `timeoutMs`. */
  async free(timeoutMs: number): Promise<void> {
    if (this.#inquiries.size === 0) return;
    await new Promise<void>((resolve) => {
      const stop = this.#clock.after(timeoutMs, resolve);
      this.#whenFree.push(() => {
        stop();
        resolve();
      });
    });
  }

  /** Drops everything that waits. Nobody is told. */
  close(): void {
    this.#closed = true;
    this.#stopPause?.();
    this.#inquiries.clear();
    this.#heldBytes = 0;
    this.#fresh.clear();
    this.#freshCount = 0;
    this.#again.clear();
    this.#doubtful.clear();
    this.#denied.clear();
    this.#unanswered = [];
    this.#freed();
  }

  #ask(): void {
    if (this.#silent) return;
    if (this.#freshCount > gateLimits.single && !this.#listing) void this.#askForAll();
    while (this.#asking < gateLimits.questions) {
      const next = this.#takeFresh() ?? this.#again.shift();
      if (next === undefined) return;
      // It may have been settled by the answer to another question.
      if (this.#inquiries.get(next.to.name) !== next) continue;
      this.#asking++;
      void this.#question(next).finally(() => {
        this.#asking--;
        this.#ask();
      });
    }
  }

  #takeFresh(): Inquiry | undefined {
    const inquiry = this.#fresh.shift();
    if (inquiry !== undefined) this.#freshCount--;
    return inquiry;
  }

  /** The list of all topics has the answer for every inbox that waits for its first. */
  async #askForAll(): Promise<void> {
    this.#listing = true;
    const asked: Inquiry[] = [];
    for (let next = this.#takeFresh(); next !== undefined; next = this.#takeFresh()) asked.push(next);
    await this.#lookUp(asked, (inquiry) => this.#notFound(inquiry));
    this.#listing = false;
    this.#ask();
  }

  async #question(inquiry: Inquiry): Promise<void> {
    const { topic, partition } = inquiry.to;
    let exists: boolean;
    try {
      exists = await this.#host.exists(topic, partition);
    } catch (error) {
      this.#noAnswer([inquiry], error);
      return;
    }
    if (exists) this.#found(inquiry);
    else this.#notFound(inquiry);
  }

  #found(inquiry: Inquiry): void {
    if (this.#closed) return;
    this.#learn(inquiry.to.name);
    this.#send(inquiry);
  }

  #notFound(inquiry: Inquiry): void {
    if (this.#closed || this.#inquiries.get(inquiry.to.name) !== inquiry) return;
    this.#doubtful.add(inquiry);
    this.#denied.add(inquiry);
    const [oldest] = this.#doubtful;
    if (this.#doubtful.size > gateLimits.doubtful && oldest !== undefined) this.#refuse(oldest);
    this.#askAgainLater();
  }

  #askAgainLater(): void {
    this.#stopPause ??= this.#clock.after(gateLimits.retryMs, () => {
      this.#stopPause = undefined;
      this.#askAgain();
    });
  }

  #askAgain(): void {
    this.#silent = false;
    for (const inquiry of this.#unanswered.splice(0)) {
      this.#fresh.push(inquiry);
      this.#freshCount++;
    }
    const before = this.#clock.now() - gateLimits.appearMs;
    const overdue: Inquiry[] = [];
    for (const inquiry of this.#doubtful) {
      if (inquiry.since <= before) overdue.push(inquiry);
      else this.#again.push(inquiry);
    }
    this.#doubtful.clear();
    // One broker alone may still not know the topic. The list says what another question would not.
    if (overdue.length > 0) void this.#lookUp(overdue, (inquiry) => this.#refuse(inquiry));
    this.#ask();
  }

  /** Sends to the inboxes that are in the list of all topics, and calls `missing` with the others. */
  async #lookUp(inquiries: readonly Inquiry[], missing: (inquiry: Inquiry) => void): Promise<void> {
    let inboxes: ReadonlySet<string>;
    try {
      inboxes = new Set(await this.#host.inboxes());
    } catch (error) {
      this.#noAnswer(inquiries, error);
      return;
    }
    for (const inquiry of inquiries) {
      const { topic, partition } = inquiry.to;
      if (!inboxes.has(topic)) missing(inquiry);
      // The list does not tell the partitions. A topic that one instance has to itself has one.
      else if (partition === 0) this.#found(inquiry);
      else this.#send(inquiry);
    }
  }

  /**
   * Nobody can say whether the inboxes exist. The client library then decides how long the records wait. It gets only so many at once as
   * cannot block it.
   */
  #noAnswer(asked: readonly Inquiry[], error: unknown): void {
    if (this.#closed) return;
    const { retriable } = LogError.from('looking for an inbox', error);
    const leaving = retriable ? [...this.#inquiries.values()] : asked;
    for (const inquiry of leaving.slice(0, gateLimits.doubtful)) this.#send(inquiry);
    this.#unanswered.push(...asked.filter((inquiry) => this.#inquiries.get(inquiry.to.name) === inquiry));
    this.#silent = true;
    this.#askAgainLater();
  }

  #send(inquiry: Inquiry): void {
    for (const held of this.#end(inquiry)) runGuarded(() => held.send());
    this.#freed();
  }

  #refuse(inquiry: Inquiry): void {
    const error = unknownInbox(inquiry.to, 'the inbox does not exist');
    for (const held of this.#end(inquiry)) runGuarded(() => held.refuse(error));
    this.#freed();
  }

  #end(inquiry: Inquiry): readonly Held[] {
    this.#doubtful.delete(inquiry);
    this.#denied.delete(inquiry);
    if (this.#inquiries.get(inquiry.to.name) !== inquiry) return [];
    this.#inquiries.delete(inquiry.to.name);
    for (const { bytes } of inquiry.held) this.#heldBytes -= bytes;
    return inquiry.held;
  }

  #freed(): void {
    if (this.#inquiries.size === 0) for (const free of this.#whenFree.splice(0)) free();
  }
}

function unknownInbox({ topic, partition }: Destination, says: string): LogError {
  return new LogError(`sending a record to ${topic}[${partition}]: Unknown topic or partition: ${says}`, {
    code: kafkaErrors.unknownTopic,
  });
}
