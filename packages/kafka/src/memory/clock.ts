/** The time of a broker in memory. */
export interface MemoryClock {
  /** Milliseconds since the Unix epoch, for the timestamps of records. Default `Date.now`. */
  now(): number;
  /**
   * Calls `run` after `ms` milliseconds. Only `revokeTimeoutMs`, and `flush` while the broker is out of reach, need it.
   * Default `setTimeout`.
   *
   * @returns a function that cancels the call.
   */
  after(ms: number, run: () => void): () => void;
}

export const realClock: MemoryClock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Waits until `work` succeeds or fails, but no longer than `ms`. */
export async function atMost(clock: MemoryClock, work: Promise<unknown>, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.after(ms, resolve);
    const done = (): void => {
      cancel();
      resolve();
    };
    work.then(done, done);
  });
}
