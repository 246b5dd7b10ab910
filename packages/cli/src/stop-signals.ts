import { setTimeout as pause } from 'node:timers/promises';
import { StoppedError } from './errors.js';

/** npm passes a Ctrl-C on to a command that has received it from the terminal already. Within this time the two count as one. */
const SAME_SIGNAL_MS = 500;
/** How long a command that must end at once may take to close what is open, in milliseconds. */
const AT_ONCE_MS = 2000;
/** How many more milliseconds an opening may take that was under way at the first request. If it ends in time, its result is closed. */
const OPENING_MS = 1000;
/** The longest time that a Node timer can wait: about 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The requests to stop that a command receives: SIGINT, SIGTERM, SIGHUP (its terminal was closed), and a stdout that nobody reads
 * any more (`wherry ... | head -1`).
 *
 * The first request asks the command to finish, the second one to finish at once. If the command cannot hurry, has not ended 2 s after the
 * second request, or receives a third one, the signal has its default effect. Removes its listeners when disposed.
 */
export class StopSignals implements Disposable {
  readonly #first = new AbortController();
  readonly #onSecond: ((name: NodeJS.Signals) => boolean) | undefined;
  readonly #say: (line: string) => void;
  #last: { name: NodeJS.Signals; at: number } | undefined;
  #limit: NodeJS.Timeout | undefined;
  #unread = false;

  /**
   * @param say prints the answer to a signal.
   * @param onSecond called at the second signal; returns false if the command cannot hurry.
   */
  constructor(say: (line: string) => void, onSecond?: (name: NodeJS.Signals) => boolean) {
    this.#say = say;
    this.#onSecond = onSecond;
    for (const name of names) process.on(name, this.#onSignal);
    process.stdout.on('error', this.#onUnread);
  }

  /** Aborted by the first request. */
  get stop(): AbortSignal {
    return this.#first.signal;
  }

  /** Whether nobody reads stdout any more. The command then has nothing more to say. */
  get unread(): boolean {
    return this.#unread;
  }

  /** Settles at the first request, and keeps the process alive until then. */
  async wait(): Promise<void> {
    if (this.stop.aborted) return;
    const keepAlive = setInterval(() => undefined, MAX_TIMER_MS);
    await this.#requested();
    clearInterval(keepAlive);
  }

  /**
   * Waits for something that opens. After a request, it waits one second more. If the opening ends in that time, its result is closed.
   *
   * @param exitCode of a command that was stopped before this was open.
   * @throws StoppedError after a request, also if the opening fails then; before a request, the error of the opening.
   */
  async opened<T extends { close(): Promise<void> }>(opening: Promise<T>, exitCode: number): Promise<T> {
    await Promise.race([opening, this.#requested()]);
    if (!this.stop.aborted) return opening;
    const closed = opening.then((one) => one.close());
    await Promise.race([closed, pause(OPENING_MS)]).catch(() => undefined);
    throw new StoppedError(exitCode);
  }

  #requested(): Promise<unknown> {
    if (this.stop.aborted) return Promise.resolve();
    return new Promise((resolve) => this.stop.addEventListener('abort', resolve, { once: true }));
  }

  readonly #onUnread = (): void => {
    this.#unread = true;
    this.#first.abort();
  };

  readonly #onSignal = (name: NodeJS.Signals): void => {
    const at = performance.now();
    const same = this.#last?.name === name && at - this.#last.at < SAME_SIGNAL_MS;
    if (same) return;
    this.#last = { name, at };
    if (!this.stop.aborted) {
      this.#say('stopping; a second signal stops at once');
      this.#first.abort();
    } else if (this.#limit === undefined && this.#onSecond?.(name)) {
      this.#limit = setTimeout(() => this.#die(name), AT_ONCE_MS);
    } else {
      this.#die(name);
    }
  };

  #die(name: NodeJS.Signals): void {
    this[Symbol.dispose]();
    process.kill(process.pid, name);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#limit);
    for (const name of names) process.removeListener(name, this.#onSignal);
    process.stdout.removeListener('error', this.#onUnread);
  }
}
