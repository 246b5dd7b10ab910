/** The longest a Node timer can wait; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls `expired` at `deadline` (milliseconds since the Unix epoch), be it weeks away, and not before `Date.now()` is
 * there: Node's timers go by another clock, and may be a millisecond early.
 *
 * @returns what stops the timer.
 */
export function atDeadline(deadline: number, expired: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    timer = setTimeout(check, Math.min(Math.max(0, left), MAX_TIMER_MS));
  };
  const check = (): void => {
    const left = deadline - Date.now();
    if (left > 0) wait(left);
    else expired();
  };
  wait(deadline - Date.now());
  return () => clearTimeout(timer);
}
