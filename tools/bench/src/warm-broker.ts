import type { Broker } from './broker.js';
import { type LoadShape, noWait } from './load/load.js';
import type { BenchOptions } from './options.js';
import { RunningSystem } from './running-system.js';

/** Enough that all of the broker's paths run often, little enough that calls seldom share records. */
const LOAD: LoadShape = { kind: 'closed', callers: 16, wait: noWait, bodyBytes: 98 };
const WINDOW_MS = 2000;
/** So often in a row a window must be no cheaper than the cheapest before it, but for a tenth. */
const STEADY_WINDOWS = 3;
const MAX_WINDOWS = 20;

/**
 * A JVM that has just started interprets, and then compiles: for its first half minute under load a call costs the broker
 * several times what it costs from then on, and costs everyone on the machine. So a broker of this run's own has load until
 * a call's CPU falls no further.
 */
export async function warmBroker(
  broker: Broker,
  { compression }: BenchOptions,
  say: (line: string) => void,
): Promise<void> {
  // What it uses is known of a broker that this run has started, and of no other.
  if (broker.cpu() === undefined) return;
  const system = await RunningSystem.start('channel', broker, { compression });
  try {
    let cheapest = Number.POSITIVE_INFINITY;
    for (let window = 0, steady = 0; window < MAX_WINDOWS && steady < STEADY_WINDOWS; window++) {
      const { cpu } = await system.measure(LOAD, WINDOW_MS);
      const cost = cpu['broker']?.total ?? 0;
      steady = cost < 0.9 * cheapest ? 0 : steady + 1;
      cheapest = Math.min(cheapest, cost);
      say(`warming the broker: ${cost.toFixed(0)} us of its CPU a call`);
    }
  } finally {
    await system.stop();
  }
}
