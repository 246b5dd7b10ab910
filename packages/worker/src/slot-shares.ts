import { CallQueue } from './call-queue.js';

/**
 * How many bytes the waiting calls of a worker may hold, with their messages: as many as librdkafka's own queue
 * (`queued.max.messages.kbytes`). Calls are read far ahead for two reasons. A cancel then finds its call before the call begins. And above
 * all, reading need not pause: when it pauses, librdkafka drops the records that it has fetched, and may take `fetch.wait.max.ms` until it
 * fetches again. A worker with a low `concurrency` would be idle during that time.
 */
const MAX_BYTES = 16 * 1024 * 1024;

/** The parts of a call that {@link SlotShares} uses. */
export interface SharedCall<Call extends { readonly openingBytes: number }> {
  readonly share: ServiceShare<Call>;
  /** The length of the message that came with the opening. */
  readonly openingBytes: number;
}

/** The calls of one service: those that wait, and how many run. Made by {@link SlotShares.divide}. */
export class ServiceShare<Call extends { readonly openingBytes: number }> {
  readonly waiting = new CallQueue<Call>();
  running = 0;
  /** Whether the service's calls are not read at the moment. */
  paused = false;

  /** @param topic the service's request topic. */
  constructor(readonly topic: string) {}
}

/** Pauses and resumes the reading of request topics. */
export interface RequestReading {
  pause(topic: string): void;
  resume(topic: string): void;
}

/**
 * Divides a worker's slots among the calls of its services. A slot lets one call run. The calls of each service wait in a queue of their
 * own, and services take turns. Half the slots are reserved, an equal number for each service and at least one, so calls of one service
 * that take long never use all slots. Any service may use the other slots. If the worker does not have more slots than services, it
 * reserves none.
 */
export class SlotShares<Call extends SharedCall<Call>> {
  readonly #slots: number;
  readonly #reading: RequestReading;
  #shares: readonly ServiceShare<Call>[] = [];
  /** How many slots are reserved for each service. */
  #reservedEach = 0;
  /** How many of the reserved slots are free, of all services together. */
  #reservedFree = 0;
  #running = 0;
  #waiting = 0;
  #turn = 0;

  /** @param slots how many calls may run at once. */
  constructor(slots: number, reading: RequestReading) {
    this.#slots = slots;
    this.#reading = reading;
  }

  /**
   * Divides the slots. Call this once, before the first call.
   *
   * @param topics the request topic of each service.
   * @returns the services' shares, in the same order.
   */
  divide(topics: readonly string[]): readonly ServiceShare<Call>[] {
    this.#shares = topics.map((topic) => new ServiceShare<Call>(topic));
    const atLeast = this.#slots > topics.length ? 1 : 0;
    this.#reservedEach = Math.max(atLeast, Math.floor(this.#slots / (2 * topics.length)));
    this.#reservedFree = this.#reservedEach * topics.length;
    return this.#shares;
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Adds a call that waits. */
  push(call: Call): void {
    call.share.waiting.push(call);
    this.#waiting++;
  }

  /** Takes a waiting call that may run now. Its service's calls come in the order in which they were added. */
  take(): Call | undefined {
    if (this.#waiting === 0) return undefined;
    for (let tries = 0; tries < this.#shares.length; tries++) {
      const share = this.#shares[this.#turn] as ServiceShare<Call>;
      this.#turn = (this.#turn + 1) % this.#shares.length;
      const call = this.#mayRun(share) ? share.waiting.shift() : undefined;
      if (call === undefined) continue;
      this.#waiting--;
      return call;
    }
    return undefined;
  }

  /** A call that was taken runs. */
  begun({ share }: Call): void {
    if (share.running < this.#reservedEach) this.#reservedFree--;
    share.running++;
    this.#running++;
  }

  /** A call that ran has ended. */
  ended({ share }: Call): void {
    share.running--;
    this.#running--;
    if (share.running < this.#reservedEach) this.#reservedFree++;
  }

  /**
   * Pauses or resumes the reading of request topics, by the calls that wait now. If these hold too much, the services that hold more than
   * their part are not read until half of it is left, so that the worker is not idle before new calls come.
   */
  adjustReading(): void {
    const bytes = this.#shares.reduce((sum, { waiting }) => sum + waiting.bytes, 0);
    const part = MAX_BYTES / this.#shares.length;
    for (const share of this.#shares) {
      if (!share.paused && bytes >= MAX_BYTES && share.waiting.bytes >= part) {
        share.paused = true;
        this.#reading.pause(share.topic);
      } else if (share.paused && (bytes <= MAX_BYTES / 2 || share.waiting.bytes <= part / 2)) {
        share.paused = false;
        this.#reading.resume(share.topic);
      }
    }
  }

  /** Forgets the calls that wait. */
  clear(): void {
    for (const { waiting } of this.#shares) waiting.clear();
    this.#waiting = 0;
  }

  #mayRun({ running }: ServiceShare<Call>): boolean {
    return running < this.#reservedEach || this.#slots - this.#running > this.#reservedFree;
  }
}
