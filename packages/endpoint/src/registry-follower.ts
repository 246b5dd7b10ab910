import type { Log, LogRecord, Reader } from '@wherry/kafka';
import { LogError } from '@wherry/kafka';
import type { RegistryRecord } from '@wherry/wire';
import { makeRegistryTopic } from './registry-topic.js';
import { RegistryView } from './registry-view.js';
import { runGuarded } from './run-guarded.js';
import { registryTopic } from './topic-names.js';

/** What {@link RegistryFollower} needs of the endpoint around it. */
export interface FollowerHost {
  readonly namespace: string;
  readonly log: Pick<Log, 'partitions' | 'createTopic' | 'endOf' | 'readPartition'>;
  /** Undefined where the record cannot be read, which is counted. */
  readRegistry(record: LogRecord): RegistryRecord | undefined;
  warnOnce(doing: string, error: unknown): void;
}

/** Time as the follower needs it; a test has its own. */
export interface Clock {
  /** Milliseconds that never go backwards. */
  now(): number;
  /** Runs something again and again. @returns what ends that. */
  every(ms: number, run: () => void): () => void;
}

const realClock: Clock = {
  now: () => performance.now(),
  every: (ms, run) => {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};

/** How often leases are looked at. */
const TICK_MS = 500;
/** A tick, or a broker, that is later than this was held up: the silence of others may have been ours. */
const LATE_MS = 1000;
/** How long nothing may be read before it is seen whether there is nothing, or the reader died without a word. */
const SILENCE_MS = 10_000;
/** How long reading up to the end of the topic may take before the reader is taken for dead. */
const CATCH_UP_MS = 10_000;
/** How soon a registry topic that cannot be read is tried again. */
const RETRY_MS = 10_000;

/**
 * Follows the registry topic: reads it from its beginning, and knows from then on who serves what.
 *
 * A worker whose lease is over may be alive while we, or Kafka, were held up. So before it is counted as gone the broker is
 * asked where the topic ends, and all up to there is read: only who has not written by then is gone. When the broker did not
 * answer, or late, or our own timer was late, nobody is to blame for silence, and everyone gets a whole lease anew.
 *
 * Where the topic cannot be made or read, `following` is false: nothing is known then, and callers do without.
 */
export class RegistryFollower {
  readonly topic: string;
  readonly #host: FollowerHost;
  readonly #clock: Clock;
  readonly #view = new RegistryView();
  readonly #listeners = new Set<() => void>();
  /** Those who wait until all before an offset has been read. */
  readonly #readers = new Set<{ readonly offset: number; resolve(): void; reject(error: Error): void }>();
  #state: 'opening' | 'following' | 'unavailable' | 'closed' = 'opening';
  #reader: Reader | undefined;
  /** The offset of the next record. */
  #position = 0;
  #opening: Promise<void> = Promise.resolve();
  #catchingUp: Promise<void> | undefined;
  #stopTicking: (() => void) | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #lastTick = 0;
  #lastRead = 0;
  #checking = false;
  /** The broker could not be asked the last time. */
  #outOfReach = false;

  constructor(host: FollowerHost, clock = realClock) {
    this.#host = host;
    this.#clock = clock;
    this.topic = registryTopic(host.namespace);
  }

  /** Begins to follow; {@link ready} tells when it has caught up. */
  open(): void {
    this.#opening = this.#open();
  }

  /** Whether all of the topic was read, so that what is not there is not served. */
  get following(): boolean {
    return this.#state === 'following';
  }

  /** Settles once the topic has been read, or cannot be: see {@link following}. */
  get ready(): Promise<void> {
    return this.#opening;
  }

  get services(): readonly string[] {
    return this.#view.services;
  }

  serves(service: string): boolean {
    return this.#view.serves(service);
  }

  instances(service: string): number {
    return this.#view.instances(service);
  }

  descriptors(service: string): { readonly hash: string; readonly files: readonly Buffer[] } | undefined {
    return this.#view.descriptors(service);
  }

  /** Calls `listener` after each change of what is served, or known. @returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Reads all that the topic holds at this moment: a worker whose `start()` was over before is then known.
   *
   * @throws LogError where Kafka does not answer.
   */
  async catchUp(): Promise<void> {
    const before = this.#catchingUp;
    if (before !== undefined) {
      // It asked where the topic ends before this moment.
      await before.catch(() => undefined);
    }
    this.#catchingUp ??= this.#catchUp().finally(() => {
      this.#catchingUp = undefined;
    });
    await this.#catchingUp;
  }

  /** Kafka was out of reach, and is no more: workers need a moment to say that they are still there. */
  renewLeases(): void {
    this.#view.renewAll(this.#clock.now());
  }

  /** Stops reading. Harmless when repeated. */
  async close(): Promise<void> {
    this.#state = 'closed';
    clearTimeout(this.#retryTimer);
    this.#stopReading(new LogError('the instance was closed', { code: -1 }));
    this.#listeners.clear();
    await this.#opening;
  }

  async #open(): Promise<void> {
    try {
      await makeRegistryTopic(this.#host.log, this.#host.namespace);
      if (this.#state === 'closed') return;
      const reader = await this.#host.log.readPartition({
        topic: this.topic,
        partition: 0,
        offset: 'start',
        onRecord: (record) => this.#onRecord(record),
        onEnd: (offset) => this.#reached(offset),
        onError: (error) => this.#onError(error),
      });
      // A log that closes closes its readers too.
      if (this.#isClosed()) return;
      this.#reader = reader;
      await this.#catchUp();
      if (this.#reader !== reader) return; // it failed meanwhile, or was closed
      this.#state = 'following';
      this.#lastTick = this.#clock.now();
      this.#lastRead = this.#lastTick;
      this.#stopTicking = this.#clock.every(TICK_MS, () => this.#tick());
      this.#changed();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Not `===` in place: the compiler would think that nothing can have changed meanwhile. */
  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #onRecord(record: LogRecord): void {
    const entry = this.#host.readRegistry(record);
    if (entry !== undefined) {
      const changed = this.#view.apply(entry, this.#clock.now(), this.following ? 0 : ageOf(entry));
      if (changed && this.following) this.#changed();
    }
    this.#reached(record.offset + 1);
  }

  /** Everything before `offset` has been read. */
  #reached(offset: number): void {
    this.#position = offset;
    this.#lastRead = this.#clock.now();
    for (const reader of [...this.#readers]) if (reader.offset <= offset) reader.resolve();
  }

  async #catchUp(): Promise<void> {
    const reader = this.#reader;
    const offset = await this.#host.log.endOf(this.topic, 0);
    if (reader === undefined || this.#reader !== reader) {
      throw new LogError(`${this.topic} is not being read`, { code: -1 });
    }
    if (this.#position >= offset) return;
    await new Promise<void>((resolve, reject) => {
      const tooLong = (): void =>
        this.#fail(new LogError(`${this.topic} was not read to its end in time`, { code: -1 }));
      const timer = setTimeout(tooLong, CATCH_UP_MS);
      const done = (): void => {
        clearTimeout(timer);
        this.#readers.delete(waiting);
      };
      const waiting = {
        offset,
        resolve: () => {
          done();
          resolve();
        },
        reject: (error: Error) => {
          done();
          reject(error);
        },
      };
      this.#readers.add(waiting);
    });
  }

  #tick(): void {
    const now = this.#clock.now();
    const late = now - this.#lastTick - TICK_MS;
    this.#lastTick = now;
    this.#view.prune(now);
    if (late > LATE_MS) this.renewLeases();
    else if (!this.#checking && (this.#view.isOverdue(now) || now - this.#lastRead > SILENCE_MS)) void this.#check(now);
  }

  /** Counts as gone who had not written when the broker was asked, if it was there to be written to. */
  async #check(asked: number): Promise<void> {
    this.#checking = true;
    try {
      await this.catchUp();
      this.#lastRead = this.#clock.now();
      if (this.#outOfReach || this.#clock.now() - asked > LATE_MS) this.renewLeases();
      else if (this.#view.expire(asked)) this.#changed();
      this.#outOfReach = false;
    } catch {
      this.#outOfReach = true;
    } finally {
      this.#checking = false;
    }
  }

  /** What else can go wrong with a reader passes: the client library keeps trying. */
  #onError(error: LogError): void {
    if (error.topicUnknown || !error.retriable) this.#fail(error);
  }

  #fail(error: unknown): void {
    if (this.#state === 'closed' || this.#retryTimer !== undefined) return;
    const wasFollowing = this.following;
    this.#state = 'unavailable';
    this.#host.warnOnce(
      `following ${this.topic}: until it can be read, a service counts as served if it has a request topic; see the option discovery`,
      error,
    );
    this.#stopReading(error instanceof Error ? error : new Error(String(error)));
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      if (!this.#isClosed()) this.open();
    }, RETRY_MS);
    if (wasFollowing) this.#changed();
  }

  #stopReading(error: Error): void {
    this.#stopTicking?.();
    const reader = this.#reader;
    this.#reader = undefined;
    this.#position = 0;
    for (const waiting of [...this.#readers]) waiting.reject(error);
    // The log closes it once more, and waits for that.
    reader?.close().catch(() => undefined);
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) runGuarded(listener);
  }
}

/** How much of a lease that was in the topic before us has passed; clocks may differ, so it is no less than nothing. */
function ageOf(record: RegistryRecord): number {
  if (record.kind !== 'instance' || record.registration === undefined) return 0;
  return Math.max(0, Date.now() - record.registration.writtenAt);
}
