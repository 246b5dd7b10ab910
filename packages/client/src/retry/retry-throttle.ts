export interface Throttling {
  readonly maxTokens: number;
  readonly tokenRatio: number;
}

/**
 * Stops a channel from trying again when too much fails (gRFC A6): failures take tokens, successes give some back, and
 * while half of them or more are gone there are no further attempts.
 */
export class RetryThrottle {
  // In thousandths, as a ratio has three decimals: sums of fractions would drift.
  readonly #max: number;
  readonly #ratio: number;
  #tokens: number;

  constructor({ maxTokens, tokenRatio }: Throttling) {
    this.#max = thousandths(maxTokens);
    this.#ratio = thousandths(tokenRatio);
    this.#tokens = this.#max;
  }

  /** Whether there may be further attempts now. */
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

/** Whole thousandths; what is beyond the third decimal is cut, what is beyond the sixth is noise of the arithmetic. */
function thousandths(value: number): number {
  return Math.floor(Number((value * 1000).toFixed(3)));
}
