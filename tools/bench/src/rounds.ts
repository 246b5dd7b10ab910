import { mkdir } from 'node:fs/promises';
import type { Broker } from './broker.js';
import { type LoadShape, noWait } from './load/load.js';
import type { BenchOptions } from './options.js';
import type { RoundPart } from './parts.js';
import { RunningSystem, type Window } from './running-system.js';
import { type SystemName, systemOf } from './systems.js';
import { type Trial, trialsOf } from './trials.js';

export interface Measurement extends Window {
  readonly system: SystemName;
  readonly part: RoundPart;
  /** Which trial of the part. */
  readonly trial: string;
  readonly round: number;
}

/**
 * Measures every system in turn, again and again, so that what disturbs the machine for a while disturbs them all. Between
 * its turns a system's processes stay, warm and idle.
 *
 * @param enough is asked after each round with all that was measured; true ends it before the last round.
 */
export async function runRounds(
  options: BenchOptions,
  broker: Broker,
  say: (line: string) => void,
  enough: (measurements: readonly Measurement[]) => boolean = () => false,
): Promise<Measurement[]> {
  const running: RunningSystem[] = [];
  const { profile } = options;
  if (profile !== undefined) await mkdir(profile, { recursive: true });
  const trials = trialsOf(options);
  try {
    for (const name of options.systems.filter((name) => trials.some(({ systems }) => systems.includes(name)))) {
      try {
        running.push(await startWarm(name, options, broker));
      } catch (error) {
        if (!systemOf(name).peer) throw error;
        say(`skipped: ${name}. ${(error as Error).message}`);
      }
    }
    const measurements: Measurement[] = [];
    // Round 0 is thrown away: by its end the broker's JVM, too, has compiled what the rounds will run.
    for (let round = 0; round <= options.rounds; round++) {
      if (round === 1) await Promise.all(running.map((system) => profile && system.startProfiles(profile)));
      for (const trial of trials) {
        for (const system of running.filter(({ name }) => trial.systems.includes(name))) {
          const window = await measureOne(system, trial, round === 0 ? options.warmUpMs : options.measureMs, options);
          if (round > 0) {
            measurements.push({ system: system.name, part: trial.part, trial: trial.label, round, ...window });
          }
          const when = round > 0 ? `round ${round}` : 'warm-up';
          say(`${when}, ${trial.part} ${trial.label}, ${system.name}: ${oneLine(window)}`);
        }
      }
      if (round > 0 && enough(measurements)) break;
    }
    await Promise.all(running.map((system) => profile && system.endProfiles()));
    return measurements;
  } finally {
    for (const system of running) {
      for (const process of await system.stop()) say(`${process} did not end by itself and was killed`);
    }
  }
}

async function startWarm(name: SystemName, options: BenchOptions, broker: Broker): Promise<RunningSystem> {
  const system = await RunningSystem.start(name, broker, { compression: options.compression });
  try {
    await system.warmUp(firstLoad(options), options.firstWarmUpMs);
    return system;
  } catch (error) {
    await system.stop();
    throw error;
  }
}

async function measureOne(
  system: RunningSystem,
  { part, label, load }: Trial,
  durationMs: number,
  { warmUpMs }: BenchOptions,
): Promise<Window> {
  try {
    await system.warmUp(load, warmUpMs);
    return await system.measure(load, durationMs);
  } catch (error) {
    throw new Error(`${part} ${label}: ${system.name}: ${(error as Error).message}`, { cause: error });
  }
}

/** The most callers: code is compiled, heaps are grown. */
function firstLoad({ callers, bodyBytes }: BenchOptions): LoadShape {
  return { kind: 'closed', callers: Math.max(...callers), wait: noWait, bodyBytes };
}

function oneLine({ p50, p99, calls, seconds, elsewhere }: Window): string {
  const rate = Math.round(calls / seconds);
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${rate}/s; CPU elsewhere ${elsewhere.toFixed(2)}`;
}
