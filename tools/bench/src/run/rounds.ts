import { mkdir } from 'node:fs/promises';
import { type LoadShape, noWait } from '../load/load.js';
import type { BenchOptions } from '../options.js';
import { type RoundPart, type SystemName, systemOf, type Trial, trialsOf } from '../plan.js';
import type { Broker } from './broker.js';
import { RunningSystem, type Window } from './running-system.js';

/** Enough calls that all code paths of the broker run often, few enough that calls seldom share records. */
const BROKER_LOAD: LoadShape = { kind: 'closed', callers: 16, wait: noWait, bodyBytes: 98 };
const BROKER_WINDOW_MS = 2000;
/** The broker is warm when so many windows in a row were at most a tenth cheaper than the cheapest before them. */
const STEADY_WINDOWS = 3;
const MAX_WINDOWS = 20;

export interface Measurement extends Window {
  readonly system: SystemName;
  readonly part: RoundPart;
  /** Which trial of the part. */
  readonly trial: string;
  readonly round: number;
}

/**
 * Measures every system in turn, round after round, so that a disturbance of the machine disturbs all of them. Between its
 * turns a system's processes keep running, warm and idle.
 *
 * @param enough is asked after each round with all measurements so far; true ends the run before the last round.
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
    // Round 0 is thrown away: by its end the broker's JVM, too, has compiled the code that the rounds run.
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

/** The most callers, until code is compiled and heaps have grown. */
function firstLoad({ callers, bodyBytes }: BenchOptions): LoadShape {
  return { kind: 'closed', callers: Math.max(...callers), wait: noWait, bodyBytes };
}

function oneLine({ p50, p99, calls, seconds, elsewhere }: Window): string {
  const rate = Math.round(calls / seconds);
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${rate}/s; CPU elsewhere ${elsewhere.toFixed(2)}`;
}

/**
 * Gives load to a broker that this run has started, until the CPU of a call falls no further. A new JVM first interprets and compiles.
 * For its first half minute under load, a call costs the broker several times as much CPU as later, and the other processes would
 * lack that CPU.
 */
export async function warmBroker(
  broker: Broker,
  { compression }: BenchOptions,
  say: (line: string) => void,
): Promise<void> {
  // The CPU time is known only of a broker that this run has started.
  if (broker.cpu() === undefined) return;
  const system = await RunningSystem.start('channel', broker, { compression });
  try {
    let cheapest = Number.POSITIVE_INFINITY;
    for (let window = 0, steady = 0; window < MAX_WINDOWS && steady < STEADY_WINDOWS; window++) {
      const { cpu } = await system.measure(BROKER_LOAD, BROKER_WINDOW_MS);
      const cost = cpu['broker']?.total ?? 0;
      steady = cost < 0.9 * cheapest ? 0 : steady + 1;
      cheapest = Math.min(cheapest, cost);
      say(`warming the broker: ${cost.toFixed(0)} us of its CPU a call`);
    }
  } finally {
    await system.stop();
  }
}
