/** The longest a Node timer can wait; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls `expired` at `deadline` (milliseconds since the Unix epoch), be it weeks away, and not before `Date.now()` is
 * there: Node's timers go by another clock, and may be a millisecond early.
 */
export class DeadlineTimer {
  readonly #deadline: number;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout;

  constructor(deadline: number, expired: () => void) {
    this.#deadline = deadline;
    this.#expired = expired;
    this.#timer = this.#wait(deadline - Date.now());
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(left: number): NodeJS.Timeout {
    return setTimeout(() => this.#check(), Math.min(Math.max(0, left), MAX_TIMER_MS));
  }

  #check(): void {
    const left = this.#deadline - Date.now();
    if (left > 0) this.#timer = this.#wait(left);
    else this.#expired();
  }
}

/**
 * A {@link DeadlineTimer}, for who has only one.
 *
 * @returns what stops it.
 */
export function atDeadline(deadline: number, expired: () => void): () => void {
  const timer = new DeadlineTimer(deadline, expired);
  return () => timer.stop();
}
