/** How far, in milliseconds, the monotonic clock may drift from the time of day before it is adjusted. */
const MAX_DRIFT_MS = 2;

/**
 * The time of day in milliseconds, with fractions. The SDK starts a span at a whole millisecond, so a child may seem to outlast its parent.
 * Spans of one process nest if they take their times from this clock.
 */
export class Clock {
  #offset = performance.timeOrigin;

  now(): number {
    const now = this.#offset + performance.now();
    const drift = Date.now() - now;
    if (Math.abs(drift) <= MAX_DRIFT_MS) return now;
    // Somebody set the time of day, or the machine slept.
    this.#offset += drift;
    return now + drift;
  }
}
