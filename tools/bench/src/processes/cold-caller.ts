import type { Call } from '../load/load.js';
import type { BenchProcess, Setting } from './bench-process.js';
import { startChannelCaller } from './channel-caller.js';

/** Opens its channel when it is to make its one call, so that the call's time has both. Modules are loaded by then. */
export async function startColdCaller(setting: Setting): Promise<BenchProcess> {
  let opening: Promise<BenchProcess> | undefined;
  const call: Call = (body, waitMs, done) => {
    opening ??= startChannelCaller(setting);
    opening.then(
      ({ call }) => call?.(body, waitMs, done),
      (error) => done(error),
    );
  };
  return { call, close: async () => (await opening)?.close() };
}
