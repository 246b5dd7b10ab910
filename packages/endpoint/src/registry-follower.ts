import { setTimeout as pause } from 'node:timers/promises';
import type { Log, LogRecord, Reader } from '@wherry/kafka';
import { LogError } from '@wherry/kafka';
import type { RegistryRecord } from '@wherry/wire';
import { makeRegistryTopic } from './registry-topic.js';
import { type ReadPartitions, type RegistryChange, RegistryView } from './registry-view.js';
import { runGuarded } from './run-guarded.js';
import { registryTopic } from './topic-names.js';

/** The parts of the endpoint that {@link RegistryFollower} uses. */
export interface FollowerHost {
  readonly namespace: string;
  readonly log: Pick<Log, 'partitions' | 'createTopic' | 'checkAccess' | 'endOf' | 'readPartition'>;
  /**
   * Decodes a record, and calls `admit` with it.
   *
   * @param admit throws RecordError if the registry has no room for the record.
   * @returns undefined if the record cannot be decoded or has no room; the host counts it.
   */
  readRegistry(record: LogRecord, admit: (entry: RegistryRecord) => void): RegistryRecord | undefined;
  warnOnce(doing: string, error: unknown): void;
}

/** The clock of the follower. Tests bring their own. */
export interface Clock {
  /** Milliseconds that never go backwards. */
  now(): number;
  /** Calls `run` every `ms` milliseconds. @returns a function that stops it. */
  every(ms: number, run: () => void): () => void;
}

const realClock: Clock = {
  now: () => performance.now(),
  every: (ms, run) => {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};

/** How often leases are checked, in milliseconds. */
const TICK_MS = 500;
/**
 * If a tick or a broker's answer is late by more than this, in milliseconds, this instance or Kafka was held up, and a worker's silence
 * proves nothing.
 */
const LATE_MS = 1000;
/** If a tick is late by more than this, in milliseconds, renewals of workers may have come and not have been read. */
const SILENCE_LATE_MS = TICK_MS / 2;
/** If no record arrives for this many milliseconds, the follower checks whether the topic is quiet or the reader died silently. */
const SILENCE_MS = 10_000;
/** How long, in milliseconds, reading up to the end of the topic may take before the reader counts as dead. */
const CATCH_UP_MS = 10_000;
/** How long, in milliseconds, until a registry topic that cannot be read is tried again. */
const RETRY_MS = 10_000;
/**
 * Brokers do not learn of a new topic all at the same time. So for this many milliseconds the follower tries to read a topic that a broker
 * does not know, with this pause between two tries.
 */
const APPEAR_MS = 5000;
const APPEAR_PAUSE_MS = 100;

/**
 * Follows the registry topic: reads it from its start, and from then on knows which workers serve which services.
 *
 * A worker whose lease has expired may be alive if this instance or Kafka was held up. So before the worker counts as gone, the follower
 * asks the broker where the topic ends and reads up to there. Only a worker that has not written by then is gone. If the broker did not
 * answer or answered late, or if the follower's own timer was late, silence proves nothing, and every worker gets a whole new lease.
 *
 * If the topic cannot be made or read, `following` is false. Then the follower knows no services, and callers work without the registry.
 */
export class RegistryFollower {
  readonly topic: string;
  readonly #host: FollowerHost;
  readonly #clock: Clock;
  readonly #view = new RegistryView();
  readonly #listeners = new Set<() => void>();
  readonly #partitionListeners = new Set<() => void>();
  /** The waits for an offset. A wait is resolved once every record before its offset was read. */
  readonly #waits = new Set<{ readonly offset: number; resolve(): void; reject(error: Error): void }>();
  /** The waits of {@link untilCertain} for the next change. */
  #uncertain: (() => void)[] = [];
  #state: 'opening' | 'following' | 'unavailable' | 'closed' = 'opening';
  #reader: Reader | undefined;
  /** The offset of the next record. */
  #position = 0;
  #opening: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();
  #catchingUp: Promise<void> | undefined;
  #stopTicking: (() => void) | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #lastTick = 0;
  #lastRead = 0;
  #checking = false;
  /** Whether the broker did not answer at the last check. */
  #outOfReach = false;

  constructor(host: FollowerHost, clock = realClock) {
    this.#host = host;
    this.#clock = clock;
    this.topic = registryTopic(host.namespace);
  }

  /** Begins to follow. {@link ready} settles once the follower has caught up or given up. */
  open(): void {
    this.#opening = this.#open();
  }

  /** Whether the whole topic was read. If so, a service that is not in the topic is not served. */
  get following(): boolean {
    return this.#state === 'following';
  }

  /** Settles once the topic was read or proved unreadable; {@link following} says which. */
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

  /** The partitions of the service's request topic that live workers read. `unsaid` if the registry is not {@link following}. */
  partitions(service: string): ReadPartitions {
    return this.following ? this.#view.partitions(service) : 'unsaid';
  }

  descriptors(service: string): { readonly hash: string; readonly files: readonly Buffer[] } | undefined {
    return this.#view.descriptors(service);
  }

  /** Calls `listener` after each change of the services that are served, or of {@link following}. @returns a function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Calls `listener` after every change that {@link onChange} reports, and after each change of {@link partitions}.
   *
   * @returns a function that stops it.
   */
  onPartitionsChange(listener: () => void): () => void {
    this.#partitionListeners.add(listener);
    return () => this.#partitionListeners.delete(listener);
  }

  /**
   * Reads everything that the topic holds at this moment. Afterwards the follower knows every worker whose `start()` ended before this was
   * called.
   *
   * @throws LogError if Kafka does not answer.
   */
  async catchUp(): Promise<void> {
    const before = this.#catchingUp;
    if (before !== undefined) {
      // That read stops where the topic ended at an earlier moment, so another one is needed.
      await before.catch(() => undefined);
    }
    this.#catchingUp ??= this.#catchUp().finally(() => {
      this.#catchingUp = undefined;
    });
    await this.#catchingUp;
  }

  /**
   * Waits until it is certain whether the service is served. It is uncertain for up to 7 s, mostly 2 s, if all registrations of the service
   * were written before this follower began to read, and are old by the clock of this machine: the clocks may differ.
   *
   * @param service default: all services.
   * @param signal ends the waiting.
   */
  async untilCertain(service?: string, signal?: AbortSignal): Promise<void> {
    const wake = (): void => this.#wakeUncertain();
    signal?.addEventListener('abort', wake);
    while (this.following && this.#isUncertain(service) && !signal?.aborted) {
      await new Promise<void>((resolve) => this.#uncertain.push(resolve));
    }
    signal?.removeEventListener('abort', wake);
  }

  #isUncertain(service: string | undefined): boolean {
    if (service === undefined) return this.#view.uncertain;
    return !this.serves(service) && this.#view.mayServe(service);
  }

  /** Kafka is in reach again. Every worker gets a whole new lease, because workers need a moment to renew theirs. */
  renewLeases(): void {
    this.#view.renewAll(this.#clock.now());
  }

  /** Stops reading. Harmless when repeated. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#closing.abort();
    clearTimeout(this.#retryTimer);
    this.#stopReading(new LogError('the instance was closed', { code: -1 }));
    this.#listeners.clear();
    this.#partitionListeners.clear();
    await this.#opening;
  }

  async #open(): Promise<void> {
    const until = this.#clock.now() + APPEAR_MS;
    while (!this.#isClosed()) {
      try {
        await this.#read();
        return;
      } catch (error) {
        const isNew = error instanceof LogError && error.topicUnknown && this.#clock.now() < until;
        if (!isNew) return this.#fail(error);
        this.#stopReading(error);
        const denied = await this.#host.log.checkAccess(this.topic, 'Read').catch((reason: unknown) => reason);
        if (denied !== undefined) return this.#fail(denied);
      }
      await pause(APPEAR_PAUSE_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  /**
   * Begins to read, and reads all that the topic holds.
   *
   * @throws the error that ended the reading before that.
   */
  async #read(): Promise<void> {
    await makeRegistryTopic(this.#host.log, this.#host.namespace);
    if (this.#isClosed()) return;
    let failOpening: ((error: LogError) => void) | undefined;
    const failed = new Promise<never>((_, reject) => {
      failOpening = reject;
    });
    failed.catch(() => undefined);
    const reader = await this.#host.log.readPartition({
      topic: this.topic,
      partition: 0,
      offset: 'start',
      onRecord: (record) => this.#onRecord(record),
      onEnd: (offset) => this.#reached(offset),
      onError: (error) => {
        // The client library recovers from all other errors by itself.
        if (!error.topicUnknown && error.retriable) return;
        if (failOpening === undefined) this.#fail(error);
        else failOpening(error);
      },
    });
    // When a log closes, it closes its readers too.
    if (this.#isClosed()) return;
    this.#reader = reader;
    await Promise.race([this.#catchUp(), failed]);
    failOpening = undefined;
    if (this.#reader !== reader) return; // the reader was closed meanwhile
    this.#state = 'following';
    this.#lastTick = this.#clock.now();
    this.#lastRead = this.#lastTick;
    this.#view.silence(this.#lastTick);
    this.#stopTicking = this.#clock.every(TICK_MS, () => this.#tick());
    this.#changed();
  }

  /** A method, not `===` in place: the compiler would think that the state cannot have changed during an `await`. */
  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #onRecord(record: LogRecord): void {
    const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0);
    const age = (entry: RegistryRecord): number => (this.following ? 0 : ageOf(entry));
    const entry = this.#host.readRegistry(record, (read) => this.#view.admit(read, bytes, age(read)));
    if (entry !== undefined) {
      const change = this.#view.apply(entry, this.#clock.now(), age(entry), bytes);
      if (this.following) this.#tell(change);
    }
    this.#reached(record.offset + 1);
  }

  /** Everything before `offset` has been read. */
  #reached(offset: number): void {
    this.#position = offset;
    this.#lastRead = this.#clock.now();
    for (const wait of [...this.#waits]) if (wait.offset <= offset) wait.resolve();
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
        this.#waits.delete(wait);
      };
      const wait = {
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
      this.#waits.add(wait);
    });
  }

  #tick(): void {
    const now = this.#clock.now();
    const late = now - this.#lastTick - TICK_MS;
    this.#lastTick = now;
    this.#view.prune(now);
    if (late > LATE_MS) {
      this.renewLeases();
      return;
    }
    if (this.#view.endDoubts(now)) this.#changed();
    if (late <= SILENCE_LATE_MS && this.#view.silence(now)) this.#partitionsChanged();
    if (!this.#checking && (this.#view.isOverdue(now) || now - this.#lastRead > SILENCE_MS)) void this.#check(now);
  }

  /**
   * Reads to the end of the topic. Then every worker whose lease had expired at `asked` and was not renewed counts as gone. If Kafka was
   * out of reach or late, every worker gets a whole new lease instead.
   */
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
    this.#wakeUncertain();
    for (const wait of [...this.#waits]) wait.reject(error);
    // Not awaited: when the log closes, it waits for the reader to close.
    reader?.close().catch(() => undefined);
  }

  #tell(change: RegistryChange): void {
    if (change === 'services') this.#changed();
    else if (change === 'partitions') this.#partitionsChanged();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) runGuarded(listener);
    this.#partitionsChanged();
    this.#wakeUncertain();
  }

  #wakeUncertain(): void {
    for (const resolve of this.#uncertain.splice(0)) resolve();
  }

  #partitionsChanged(): void {
    for (const listener of [...this.#partitionListeners]) runGuarded(listener);
  }
}

/** How many milliseconds of a lease had passed before its record was read. Never negative, even if the clocks differ. */
function ageOf(record: RegistryRecord): number {
  if (record.kind !== 'instance' || record.registration === undefined) return 0;
  return Math.max(0, Date.now() - record.registration.writtenAt);
}
