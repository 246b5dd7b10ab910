import { build } from 'hdr-histogram-js';
import type { Percentiles } from './load.js';

const MICROSECONDS = 1000;

/** By a histogram of microseconds with three significant digits. Times below 0 count as 0. NaN if there are none. */
export function percentiles(milliseconds: Iterable<number>): Percentiles {
  const histogram = build({ numberOfSignificantValueDigits: 3 });
  for (const ms of milliseconds) histogram.recordValue(Math.max(0, Math.round(ms * MICROSECONDS)));
  const at = (percent: number) =>
    histogram.totalCount === 0 ? Number.NaN : histogram.getValueAtPercentile(percent) / MICROSECONDS;
  return { p50: at(50), p99: at(99), max: at(100) };
}

/**
 * The latencies of one measurement at a time. A measured loop only stores a number; the histogram is filled when the loop is
 * over, as filling it takes about a tenth of the CPU of a stream's message. The memory is kept from one measurement to the
 * next, so that allocating it causes no garbage collection in the next one.
 */
export class Latencies {
  #kept = new Float64Array(0);
  #count = 0;

  /** Drops all latencies, and makes room for `max`. */
  restart(max: number): void {
    if (this.#kept.length < max) this.#kept = new Float64Array(max);
    this.#count = 0;
  }

  get count(): number {
    return this.#count;
  }

  add(milliseconds: number): void {
    this.#kept[this.#count++] = milliseconds;
  }

  percentiles(): Percentiles {
    return percentiles(this.#kept.subarray(0, this.#count));
  }
}
