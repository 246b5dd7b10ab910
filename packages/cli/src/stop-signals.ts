/** npm passes a Ctrl-C on to a command that has received it from the terminal already. Within this time the two count as one. */
const SAME_SIGNAL_MS = 500;
/** The longest time that a Node timer can wait: about 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The requests to stop that a command receives: SIGINT, SIGTERM, SIGHUP (its terminal was closed), and a stdout that nobody reads
 * any more (`wherry ... | head -1`).
 *
 * The first request asks the command to finish, the second one to finish at once. If the command cannot hurry, or at a third
 * request, the signal has its default effect. Removes its listeners when disposed.
 */
export class StopSignals implements Disposable {
  readonly #first = new AbortController();
  readonly #onSecond: (() => boolean) | undefined;
  readonly #say: (line: string) => void;
  #last: { name: NodeJS.Signals; at: number } | undefined;
  #hurried = false;
  #unread = false;

  /**
   * @param onSecond called at the second signal; returns false if the command cannot hurry.
   * @param say prints the answer to a signal. Default: on stderr.
   */
  constructor(
    onSecond?: () => boolean,
    say: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
  ) {
    this.#onSecond = onSecond;
    this.#say = say;
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
    await new Promise((resolve) => this.stop.addEventListener('abort', resolve, { once: true }));
    clearInterval(keepAlive);
  }

  readonly #onUnread = (): void => {
    this.#unread = true;
    this.#first.abort();
  };

  readonly #onSignal = (name: NodeJS.Signals): void => {
    const at = performance.now();
    const same = this.#last?.name === name && at - this.#last.at < SAME_SIGNAL_MS;
    this.#last = { name, at };
    if (same) return;
    if (!this.stop.aborted) {
      this.#say('stopping; a second signal stops at once');
      this.#first.abort();
    } else if (!this.#hurried && this.#onSecond?.()) {
      this.#hurried = true;
    } else {
      this[Symbol.dispose]();
      process.kill(process.pid, name);
    }
  };

  [Symbol.dispose](): void {
    for (const name of names) process.removeListener(name, this.#onSignal);
    process.stdout.removeListener('error', this.#onUnread);
  }
}
