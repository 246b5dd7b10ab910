import type { BenchProcess, Setting } from './bench-process.js';
import { startChannelCaller } from './channel-caller.js';
import { PackingWatch } from './packing-watch.js';

/** A channel whose openings are followed until they leave. That costs something, so it is a system of its own. */
export async function startWatchedCaller(setting: Setting): Promise<BenchProcess> {
  const packing = new PackingWatch();
  return { ...(await startChannelCaller(setting, packing)), packing };
}
