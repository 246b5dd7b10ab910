import { StopSignals } from './stop-signals.js';

/** Something that runs until it is stopped. */
export interface Service {
  /** Finishes the calls under way, and closes. */
  drain(): Promise<unknown>;
  /** Closes at once, also during `drain`. */
  close(): Promise<void>;
}

/**
 * Starts a service and runs it until a signal: the first signal drains it, the second closes it at once. If the first signal comes while
 * the service starts, nothing is drained.
 *
 * @param say prints the answer to a signal.
 * @throws StoppedError with exit code 0 if a signal came while the service started.
 */
export async function serveUntilStopped(say: (line: string) => void, start: () => Promise<Service>): Promise<void> {
  let service: Service | undefined;
  let closing: (() => void) | undefined;
  const closed = new Promise<void>((resolve, reject) => {
    closing = () => service?.close().then(resolve, reject);
  });
  using signals = new StopSignals(say, () => {
    closing?.();
    return service !== undefined;
  });
  service = await signals.opened(start(), 0);
  await signals.wait();
  await Promise.race([service.drain(), closed]);
}
