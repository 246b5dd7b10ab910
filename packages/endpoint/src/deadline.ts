import { AsyncResource } from 'node:async_hooks';

/** The longest a Node timer can wait; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The async context of no call: none is there when a module is loaded. */
const nobodys = new AsyncResource('wherry.deadlines');

/**
 * The deadlines of calls: those that come together and have the same have one timer. As that is of several calls, it runs in
 * the async context of none, as replies do that come from the log.
 */
export class Deadlines {
  /** Calls that are made or read in one turn mostly have the same. */
  #latest: Due | undefined;

  /**
   * Calls `expired` at `deadline` (milliseconds since the Unix epoch), be it weeks away, and not before `Date.now()` is
   * there: Node's timers go by another clock, and may be a millisecond early.
   */
  at(deadline: number, expired: () => void): DeadlineTimer {
    if (this.#latest?.deadline !== deadline || this.#latest.over) {
      this.#latest = nobodys.runInAsyncScope(() => new Due(deadline));
    }
    return new DeadlineTimer(this.#latest, expired);
  }
}

/** One of a call, until it is stopped. */
export class DeadlineTimer {
  #due: Due | undefined;
  #expired: (() => void) | undefined;
  /** Its neighbours among those that are due together. */
  previous: DeadlineTimer | undefined;
  next: DeadlineTimer | undefined;

  constructor(due: Due, expired: () => void) {
    this.#due = due;
    this.#expired = expired;
    due.add(this);
  }

  stop(): void {
    this.#due?.remove(this);
    this.#due = undefined;
    this.#expired = undefined;
  }

  /** Its time has come. */
  expire(): void {
    const expired = this.#expired;
    this.stop();
    expired?.();
  }
}

/** Deadlines at one time. It keeps none that was stopped, and has no timer while it has none. */
class Due {
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
      // One threw: that is its own, and the rest are due all the same.
      if (this.#first !== undefined) this.#timer = this.#wait();
    }
  }
}

/**
 * Calls `expired` at `deadline`, as {@link Deadlines.at} does, for who has only one, and in the async context of that one.
 *
 * @returns what stops it.
 */
export function atDeadline(deadline: number, expired: () => void): () => void {
  const timer = new DeadlineTimer(new Due(deadline), expired);
  return () => timer.stop();
}
