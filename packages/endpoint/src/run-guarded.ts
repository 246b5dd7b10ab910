/**
 * Runs code that belongs to somebody else: a listener, a handler, an observer. An error that it throws becomes an uncaught exception of
 * its own, and does not stop the code that called it.
 */
export function runGuarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    throwUncaught(error);
  }
}

/** Throws an error in a tick of its own, where no caller catches it. */
export function throwUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
