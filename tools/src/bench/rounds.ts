import { mkdir } from 'node:fs/promises';
import type { Broker } from './broker.js';
import type { BenchOptions } from './options.js';
import { RunningSystem, type Window } from './running-system.js';
import type { SystemName } from './systems.js';

export interface Measurement extends Window {
  readonly system: SystemName;
  readonly callers: number;
  readonly round: number;
}

/**
 * Measures every system in turn, again and again, so that what disturbs the machine for a while disturbs them all. Between
 * its turns a system's processes stay, warm and idle.
 */
export async function runRounds(
  options: BenchOptions,
  broker: Broker,
  say: (line: string) => void,
): Promise<Measurement[]> {
  const running: RunningSystem[] = [];
  const { profile } = options;
  if (profile !== undefined) await mkdir(profile, { recursive: true });
  try {
    for (const name of options.systems) {
      const system = await RunningSystem.start(name, broker, options);
      running.push(system);
      await system.warmUp(Math.max(...options.callers), options.firstWarmUpMs);
    }
    const measurements: Measurement[] = [];
    // Round 0 is thrown away: by its end the broker's JVM, too, has compiled what the rounds will run.
    for (let round = 0; round <= options.rounds; round++) {
      if (round === 1) await Promise.all(running.map((system) => profile && system.startProfiles(profile)));
      for (const callers of options.callers) {
        for (const system of running) {
          await system.warmUp(callers, options.warmUpMs);
          const window = await system.measure(callers, options.measureMs);
          if (round > 0) measurements.push({ system: system.name, callers, round, ...window });
          say(`${round > 0 ? `round ${round}` : 'warm-up'}, ${callers} callers, ${system.name}: ${oneLine(window)}`);
        }
      }
    }
    await Promise.all(running.map((system) => profile && system.endProfiles()));
    return measurements;
  } finally {
    for (const system of running) {
      for (const process of await system.stop()) say(`${process} did not end by itself and was killed`);
    }
  }
}

function oneLine({ p50, p99, calls, seconds, elsewhere }: Window): string {
  const rate = Math.round(calls / seconds);
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${rate} calls/s; CPU elsewhere ${elsewhere.toFixed(2)}`;
}
