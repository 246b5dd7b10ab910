import { percentiles } from '../percentiles.js';

/** Kept from one measurement to the next, as making it anew would have V8 collect garbage in the midst of each. */
let kept = new Float64Array(0);

/** Latencies of one measurement; one at a time. */
export class Samples {
  #count = 0;

  constructor(max: number) {
    if (kept.length < max) kept = new Float64Array(max);
  }

  get count(): number {
    return this.#count;
  }

  add(milliseconds: number): void {
    kept[this.#count++] = milliseconds;
  }

  percentiles(): { p50: number; p99: number; max: number } {
    return percentiles(kept.subarray(0, this.#count));
  }
}
