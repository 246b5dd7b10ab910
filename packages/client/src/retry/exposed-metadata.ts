import type { Metadata } from '@grpc/grpc-js';

/** What the server says about when to try again. */
const pushbackKey = 'grpc-retry-pushback-ms';
/** How many attempts came before this one; absent on the first. */
const previousAttemptsKey = 'grpc-previous-rpc-attempts';

/**
 * The pause that a server asks for in its trailers, in milliseconds; below 0: no further attempt; undefined: it says
 * nothing. What cannot be read, or is there twice, asks for no further attempt.
 */
export function pushbackOf(trailers: Metadata): number | undefined {
  const values = trailers.get(pushbackKey);
  if (values.length === 0) return undefined;
  const [value] = values;
  if (values.length > 1 || !/^(0|-?[1-9]\d{0,9})$/.test(String(value))) return -1;
  const ms = Number(value);
  return ms < 2 ** 31 ? ms : -1;
}

/** Writes down how many attempts came before. A caller behind a gateway may have made some of its own: they add up. */
export function addPreviousAttempts(metadata: Metadata, attempts: number): void {
  const [before] = metadata.get(previousAttemptsKey);
  const known = /^\d{1,9}$/.test(String(before)) ? Number(before) : 0;
  metadata.set(previousAttemptsKey, String(known + attempts));
}
