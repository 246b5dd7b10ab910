import { AsyncResource } from 'node:async_hooks';

/** The longest time that a Node timer can wait. With a longer time, the timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** An async context that belongs to no call. It is made when the module is loaded, because no call runs then. */
const noCallContext = new AsyncResource('wherry.deadlines');

/**
 * The deadlines of calls. Consecutive calls with the same deadline share one timer. Because the timer belongs to several calls, it runs in
 * the async context of none of them. Replies from the log run in no call's context either.
 */
export class Deadlines {
  /** Calls that are made or read in one turn mostly have the same deadline, so only the latest timer is shared. */
  #latest: SharedTimer | undefined;

  /**
   * Calls `expired` at `deadline` (milliseconds since the Unix epoch), even if that is weeks away. It never calls before `Date.now()` has
   * reached `deadline`: Node's timers run on another clock and may fire a millisecond early.
   */
  at(deadline: number, expired: () => void): DeadlineTimer {
    if (this.#latest?.deadline !== deadline || this.#latest.over) {
      this.#latest = noCallContext.runInAsyncScope(() => new SharedTimer(deadline));
    }
    return new DeadlineTimer(this.#latest, expired);
  }
}

/** The deadline of one call, until it is stopped. */
export class DeadlineTimer {
  #timer: SharedTimer | undefined;
  #expired: (() => void) | undefined;
  /** Its neighbours in the list of the shared timer. */
  previous: DeadlineTimer | undefined;
  next: DeadlineTimer | undefined;

  constructor(timer: SharedTimer, expired: () => void) {
    this.#timer = timer;
    this.#expired = expired;
    timer.add(this);
  }

  stop(): void {
    this.#timer?.remove(this);
    this.#timer = undefined;
    this.#expired = undefined;
  }

  /** The deadline has passed. */
  expire(): void {
    const expired = this.#expired;
    this.stop();
    expired?.();
  }
}

/** One timer for all calls with the same deadline. It forgets a deadline that is stopped. When it has no deadline left, it is cleared. */
class SharedTimer {
  #first: DeadlineTimer | undefined;
  #last: DeadlineTimer | undefined;
  #timer: NodeJS.Timeout;
  #over = false;
  readonly #check = (): void => {
    if (this.deadline > Date.now()) this.#timer = this.#wait();
    else this.#expire();
  };

  constructor(readonly deadline: number) {
    this.#timer = this.#wait();
  }

  get over(): boolean {
    return this.#over;
  }

  add(deadline: DeadlineTimer): void {
    const last = this.#last;
    deadline.previous = last;
    if (last === undefined) this.#first = deadline;
    else last.next = deadline;
    this.#last = deadline;
  }

  remove(deadline: DeadlineTimer): void {
    const { previous, next } = deadline;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    deadline.previous = undefined;
    deadline.next = undefined;
    if (this.#first !== undefined) return;
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #wait(): NodeJS.Timeout {
    return setTimeout(this.#check, Math.min(Math.max(0, this.deadline - Date.now()), MAX_TIMER_MS));
  }

  #expire(): void {
    this.#over = true;
    try {
      while (this.#first !== undefined) this.#first.expire();
    } finally {
      // If a callback threw, its error becomes an uncaught exception. The other deadlines still expire.
      if (this.#first !== undefined) this.#timer = this.#wait();
    }
  }
}

/**
 * Calls `expired` at `deadline`, as {@link Deadlines.at} does, but with a separate timer and in the caller's async context.
 *
 * @returns a function that stops the timer.
 */
export function atDeadline(deadline: number, expired: () => void): () => void {
  const timer = new DeadlineTimer(new SharedTimer(deadline), expired);
  return () => timer.stop();
}
