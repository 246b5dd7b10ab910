/** How far the two clocks of a process may part before the finer one is set anew, in milliseconds. */
const MAX_DRIFT_MS = 2;

/**
 * The time of day in milliseconds, and fractions of them. The SDK begins a span at a whole millisecond, so that a child may
 * seem to outlast its parent; spans of one process that take their times from here nest.
 */
export class Clock {
  #offset = performance.timeOrigin;

  now(): number {
    const now = this.#offset + performance.now();
    const drift = Date.now() - now;
    if (Math.abs(drift) <= MAX_DRIFT_MS) return now;
    // The time of day was set, or the machine slept.
    this.#offset += drift;
    return now + drift;
  }
}
