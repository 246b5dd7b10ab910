import { setTimeout as pause } from 'node:timers/promises';
import { LogError } from './log-error.js';

/** The work of one consumer, from its connection to its end. */
export interface Reading {
  /** Settles when the consumer may read, as far as can be known. */
  readonly proven: Promise<void>;
  /** Settles when an error has ended the reading. If {@link end} was called first, it may never settle. */
  readonly died: Promise<void>;
  /** Ends the reading and disconnects. @returns the error that ended the reading, if one did. */
  end(): Promise<LogError | undefined>;
}

/** The events of a {@link LastingReader}. */
export interface LastingListener {
  /** An error has ended the reading. */
  onInterrupted?(): void;
  /** The error that has ended the reading. It is known only when the consumer has disconnected. */
  onCause(error: LogError): void;
  /** A consumer that replaces the dead one could not be made yet. */
  onError(error: LogError): void;
  /** A consumer has taken the place of the dead one. */
  onRestored?(): void;
}

/** The pauses before another consumer is made. Each is twice as long as the one before, but no longer than the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** If a consumer read for longer than this, its error is the first of a new series, and the pauses begin with the first one again. */
const STEADY_MS = 60_000;

/**
 * Starts to read, and waits until the consumer may read. If an error that may pass ends the reading, this function starts again.
 *
 * @param doing the work of the reader, such as `reading orders in group orders`. It begins the messages of errors.
 * @param start makes the first consumer, and each consumer that takes the place of a dead one.
 * @param timeoutMs how long to try.
 * @throws the error of `start`; LogError if the consumer may not read, or dies again and again.
 */
export async function openLastingReader<R extends Reading>(
  doing: string,
  start: () => Promise<R>,
  listener: LastingListener,
  timeoutMs: number,
): Promise<LastingReader<R>> {
  const until = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const reading = await start();
    const proven = await Promise.race([reading.proven.then(() => true), reading.died.then(() => false)]);
    if (proven) return new LastingReader(doing, start, listener, reading);
    const error = await endOf(reading, doing);
    if (!error.retriable || performance.now() + pauseMs > until) throw error;
    listener.onCause(error);
    await pause(pauseMs);
  }
}

/**
 * Reads for as long as it is not closed. If an error ends the reading of its consumer, it tells its listener, and makes another consumer.
 * Made by {@link openLastingReader}.
 */
export class LastingReader<R extends Reading> {
  readonly #doing: string;
  readonly #start: () => Promise<R>;
  readonly #listener: LastingListener;
  readonly #closing = new AbortController();
  readonly #closed: Promise<void>;
  #current: R | undefined;
  #nextPauseMs = FIRST_PAUSE_MS;

  constructor(doing: string, start: () => Promise<R>, listener: LastingListener, first: R) {
    this.#doing = doing;
    this.#start = start;
    this.#listener = listener;
    this.#current = first;
    this.#closed = this.#readOn(first);
  }

  /** The current reading. Undefined if the last one has ended and no other has begun. */
  get current(): R | undefined {
    return this.#current;
  }

  close(): Promise<void> {
    this.#closing.abort();
    return this.#closed;
  }

  async #readOn(first: R): Promise<void> {
    let reading: R | undefined = first;
    while (reading !== undefined) {
      const startedAt = performance.now();
      await this.#unlessClosed(reading.died);
      if (!this.#isClosing) this.#listener.onInterrupted?.();
      const cause = await endOf(reading, this.#doing);
      this.#current = undefined;
      if (this.#isClosing) return;
      this.#listener.onCause(cause);
      if (performance.now() - startedAt > STEADY_MS) this.#nextPauseMs = FIRST_PAUSE_MS;
      reading = await this.#startAgain();
    }
  }

  /** @returns undefined if the reader was closed. */
  async #startAgain(): Promise<R | undefined> {
    for (;;) {
      await pause(this.#nextPauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      this.#nextPauseMs = Math.min(2 * this.#nextPauseMs, LONGEST_PAUSE_MS);
      if (this.#isClosing) return undefined;
      try {
        const reading = await this.#start();
        this.#current = reading;
        void reading.proven.then(() => {
          if (this.#current === reading && !this.#isClosing) this.#listener.onRestored?.();
        });
        return reading;
      } catch (error) {
        if (!this.#isClosing) this.#listener.onError(LogError.from(this.#doing, error));
      }
    }
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #unlessClosed(work: Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done);
      void work.then(done);
    });
  }
}

/** Ends a reading. @returns the reason for its end. */
async function endOf(reading: Reading, doing: string): Promise<LogError> {
  try {
    const cause = await reading.end();
    return cause ?? new LogError(`${doing}: the client library's reading thread has ended`, { code: -1 });
  } catch (error) {
    return LogError.from(doing, error);
  }
}
