export interface Throttling {
  readonly maxTokens: number;
  readonly tokenRatio: number;
}

/**
 * Stops the further attempts of a channel while too many calls fail (gRFC A6). Failures take tokens, and successes give some back. While
 * half of the tokens or more are gone, no further attempts are made.
 */
export class RetryThrottle {
  // Counted in thousandths, because a ratio has three decimals, and sums of fractions would drift.
  readonly #max: number;
  readonly #ratio: number;
  #tokens: number;

  constructor({ maxTokens, tokenRatio }: Throttling) {
    this.#max = thousandths(maxTokens);
    this.#ratio = thousandths(tokenRatio);
    this.#tokens = this.#max;
  }

  /** Whether further attempts may be made now. */
  get open(): boolean {
    return this.#tokens > this.#max / 2;
  }

  succeeded(): void {
    this.#tokens = Math.min(this.#tokens + this.#ratio, this.#max);
  }

  failed(): void {
    this.#tokens = Math.max(this.#tokens - 1000, 0);
  }
}

/**
 * Converts to whole thousandths. Decimals after the third are cut. Decimals after the sixth are rounding errors, so the value is rounded
 * first.
 */
function thousandths(value: number): number {
  return Math.floor(Number((value * 1000).toFixed(3)));
}
