/**
 * Runs what is somebody else's: a listener, a handler, an observer. What it throws is thrown in a tick of its own, where it
 * is an uncaught exception like any other, and does not harm what comes after it here.
 */
export function isolate(run: () => void): void {
  try {
    run();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
