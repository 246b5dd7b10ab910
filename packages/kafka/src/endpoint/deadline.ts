/** The longest a Node timer can wait; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls `expired` at `deadline` (milliseconds since the Unix epoch), be it weeks away.
 *
 * @returns what stops the timer.
 */
export function atDeadline(deadline: number, expired: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = deadline - Date.now();
    timer = left > MAX_TIMER_MS ? setTimeout(arm, MAX_TIMER_MS) : setTimeout(expired, Math.max(0, left));
  };
  arm();
  return () => clearTimeout(timer);
}
