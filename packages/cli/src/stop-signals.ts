/** npm passes a Ctrl-C on to a command that the terminal has sent it to already: so soon, it is the same one. */
const SAME_SIGNAL_MS = 500;
/** The longest a Node timer can wait, about 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * SIGINT, SIGTERM and SIGHUP (its terminal was closed) as a command takes them: the first asks it to finish, the second to finish at once. Where a command
 * cannot do that, or a third one comes, the signal does what it always does. Removes its listeners when disposed.
 */
export class StopSignals implements Disposable {
  readonly #first = new AbortController();
  readonly #onSecond: (() => boolean) | undefined;
  readonly #say: (line: string) => void;
  #last: { name: NodeJS.Signals; at: number } | undefined;
  #hurried = false;

  /**
   * @param onSecond called by the second signal; false where there is nothing to hurry.
   * @param say where a signal is answered. Default: stderr.
   */
  constructor(
    onSecond?: () => boolean,
    say: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
  ) {
    this.#onSecond = onSecond;
    this.#say = say;
    for (const name of names) process.on(name, this.#onSignal);
  }

  /** Aborted by the first signal. */
  get stop(): AbortSignal {
    return this.#first.signal;
  }

  /** Settles at the first signal, and keeps the process alive until then. */
  async wait(): Promise<void> {
    if (this.stop.aborted) return;
    const keepAlive = setInterval(() => undefined, MAX_TIMER_MS);
    await new Promise((resolve) => this.stop.addEventListener('abort', resolve, { once: true }));
    clearInterval(keepAlive);
  }

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
  }
}
