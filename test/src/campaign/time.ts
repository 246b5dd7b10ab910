import { setTimeout as after } from 'node:timers/promises';

/**
 * Returns the time in whole milliseconds since the Unix epoch. It is right also in a process whose `Date.now` was made wrong, so the lines
 * of all processes can be compared.
 */
export function wallClock(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

/** Waits for a time. Ends early, without an error, if `signal` is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await after(ms, undefined, { signal }).catch(() => undefined);
}

/** Resolves with what a promise gives, or with undefined if that takes longer than `ms`. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** Writes a duration in seconds with one decimal. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
