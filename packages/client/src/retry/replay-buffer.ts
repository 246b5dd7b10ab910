/** Limits the bytes of requests that all calls of a channel together keep for further attempts. */
export class ReplayBudget {
  readonly perCallBytes: number;
  readonly #maxBytes: number;
  #usedBytes = 0;

  constructor(maxBytes: number, perCallBytes: number) {
    this.#maxBytes = maxBytes;
    this.perCallBytes = perCallBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** @returns false if the budget has no room for so many bytes. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

/** A message of a request that is kept for further attempts. */
export interface KeptMessage {
  readonly message: Buffer;
  /** Lets the writer continue. Only the first call has an effect. */
  readonly sent: () => void;
}

/** A message counts its own length plus this many bytes, so that empty messages are limited too. */
const MESSAGE_OVERHEAD = 32;

/** The messages that a call has sent so far, in order, kept while further attempts may have to send them again. */
export class ReplayBuffer {
  readonly #budget: ReplayBudget;
  #kept: KeptMessage[] = [];
  #bytes = 0;

  constructor(budget: ReplayBudget) {
    this.#budget = budget;
  }

  get messages(): readonly KeptMessage[] {
    return this.#kept;
  }

  /** Reserves room for a message of `length` bytes. @returns false if the call or its channel has no room. */
  reserve(length: number): boolean {
    const bytes = length + MESSAGE_OVERHEAD;
    if (this.#bytes + bytes > this.#budget.perCallBytes || !this.#budget.take(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  add(kept: KeptMessage): void {
    this.#kept.push(kept);
  }

  /** Drops all messages, because no further attempt will be made. */
  release(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
    this.#kept = [];
  }
}
