import type { Logger } from '@wherry/endpoint';
import { StopSignals } from './stop-signals.js';

/** Something that runs until it is stopped. */
export interface Service {
  /** Finishes the calls under way, and closes. */
  drain(): Promise<unknown>;
  /** Closes at once, also during `drain`. */
  close(): Promise<void>;
}

/** Starts a service and runs it until a signal: the first signal drains it, the second closes it at once. */
export async function serveUntilStopped(logger: Logger, start: () => Promise<Service>): Promise<void> {
  let service: Service | undefined;
  let closing: (() => void) | undefined;
  const closed = new Promise<void>((resolve, reject) => {
    closing = () => service?.close().then(resolve, reject);
  });
  using signals = new StopSignals(
    () => {
      closing?.();
      return service !== undefined;
    },
    (line) => logger.info?.(line),
  );
  service = await start();
  await signals.wait();
  await Promise.race([service.drain(), closed]);
}
