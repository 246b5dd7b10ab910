/**
 * Runs code that is not Wherry's: a listener, a handler, an observer. An error that it throws becomes an uncaught exception, and does not
 * stop the code that called it.
 *
 * @returns the result of `run`; undefined if it threw.
 */
export function runGuarded<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    throwUncaught(error);
    return undefined;
  }
}

/** Throws an error in a separate tick, where no caller catches it. */
export function throwUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
