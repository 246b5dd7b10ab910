/** How many bytes of requests a channel keeps to be sent again, all its calls together. */
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

  /** @returns whether there was room. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

/** A message of a request, kept for further attempts. */
export interface KeptMessage {
  readonly message: Buffer;
  /** Lets the writer go on. Only its first call does. */
  readonly sent: () => void;
}

/** What a message counts for beyond its bytes, so that empty ones are bounded too. */
const MESSAGE_OVERHEAD = 32;

/** What a call has sent so far, in order, as long as it may have to be sent again. */
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

  /** Makes room for a message of so many bytes; false where the call or its channel has none. */
  reserve(length: number): boolean {
    const bytes = length + MESSAGE_OVERHEAD;
    if (this.#bytes + bytes > this.#budget.perCallBytes || !this.#budget.take(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  add(kept: KeptMessage): void {
    this.#kept.push(kept);
  }

  /** Forgets everything: there will be no further attempt. */
  release(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
    this.#kept = [];
  }
}
