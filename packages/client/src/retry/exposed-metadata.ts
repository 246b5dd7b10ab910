import type { Metadata } from '@grpc/grpc-js';

/** The trailer by which the server says when to try again. */
const pushbackKey = 'grpc-retry-pushback-ms';
/** The metadata that says how many attempts came before this one. Absent on the first attempt. */
const previousAttemptsKey = 'grpc-previous-rpc-attempts';

/**
 * The pause that a server asks for in its trailers, in milliseconds. Below 0: no further attempt. Undefined: the server asks for nothing. A
 * value that cannot be parsed, or two values, count as below 0.
 */
export function pushbackOf(trailers: Metadata): number | undefined {
  const values = trailers.get(pushbackKey);
  if (values.length === 0) return undefined;
  const [value] = values;
  if (values.length > 1 || !/^(0|-?[1-9]\d{0,9})$/.test(String(value))) return -1;
  const ms = Number(value);
  return ms < 2 ** 31 ? ms : -1;
}

/** Adds the number of earlier attempts to the metadata. If a caller behind a gateway made attempts too, their number is added to it. */
export function addPreviousAttempts(metadata: Metadata, attempts: number): void {
  const [before] = metadata.get(previousAttemptsKey);
  const known = /^\d{1,9}$/.test(String(before)) ? Number(before) : 0;
  metadata.set(previousAttemptsKey, String(known + attempts));
}
