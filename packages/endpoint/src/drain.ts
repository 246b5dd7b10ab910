/** See {@link EndpointOptions.drainTimeoutMs}. */
export const defaultDrainTimeoutMs = 30_000;

/** The line that is logged if `drain()` gives up calls. */
export function notDrained(calls: number, timeoutMs: number): string {
  const what = calls === 1 ? '1 call has not ended' : `${calls} calls have not ended`;
  return `${what} ${timeoutMs} ms after drain() began; drain() gives up (option drainTimeoutMs, --drain-timeout)`;
}
