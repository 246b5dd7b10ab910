import type { WherryChannel } from '@wherry/client';

type Services = WherryChannel['services'];

/** How long a change may take before a test fails for want of it. */
const TOO_LONG_MS = 30_000;

/** Until what a channel knows of who serves what is as wanted. */
export function servedUntil({ services }: WherryChannel, holds: (services: Services) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      unsubscribe();
    };
    const look = (): void => {
      if (!holds(services)) return;
      stop();
      resolve();
    };
    const timer = setTimeout(() => {
      stop();
      reject(
        new Error(`it did not come to that; known: ${services.known}, served: ${services.names.join() || 'nothing'}`),
      );
    }, TOO_LONG_MS);
    const unsubscribe = services.onChange(look);
    look();
  });
}
