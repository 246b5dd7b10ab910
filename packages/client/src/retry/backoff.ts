import type { RetryPolicy } from './policies.js';

/**
 * The pauses before further attempts (gRFC A6). Each pause is the previous one times the policy's multiplier, up to the policy's longest
 * pause. A random part of up to a fifth is added or taken away.
 */
export class Backoff {
  readonly #policy: Pick<RetryPolicy, 'initialBackoffMs' | 'maxBackoffMs' | 'backoffMultiplier'>;
  readonly #random: () => number;
  #nextMs: number;

  constructor(
    policy: Pick<RetryPolicy, 'initialBackoffMs' | 'maxBackoffMs' | 'backoffMultiplier'>,
    random: () => number = Math.random,
  ) {
    this.#policy = policy;
    this.#random = random;
    this.#nextMs = Math.min(policy.initialBackoffMs, policy.maxBackoffMs);
  }

  /** The next pause, in milliseconds. */
  next(): number {
    const { maxBackoffMs, backoffMultiplier } = this.#policy;
    const pause = this.#nextMs * (0.8 + 0.4 * this.#random());
    this.#nextMs = Math.min(this.#nextMs * backoffMultiplier, maxBackoffMs);
    return pause;
  }

  /** The server asked for a certain pause. After it, the pauses start again from the first. */
  reset(): void {
    this.#nextMs = Math.min(this.#policy.initialBackoffMs, this.#policy.maxBackoffMs);
  }
}
