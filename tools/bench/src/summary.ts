import { cpuParts } from './cpu-time.js';
import type { RoundPart } from './parts.js';
import { type Spread, spread } from './percentiles.js';
import type { Measurement } from './rounds.js';
import type { SystemName } from './systems.js';

export type CpuSpread = Readonly<Partial<Record<(typeof cpuParts)[number], Spread>>>;

/** All rounds of one system in one trial. */
export interface Summary {
  readonly system: SystemName;
  readonly part: RoundPart;
  readonly trial: string;
  /** Milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  readonly max: Spread;
  /** Or messages, of streams. */
  readonly callsPerSecond: Spread;
  /** p50 as a multiple of the floor's; undefined without a floor. */
  readonly overFloor: Spread | undefined;
  /** Calls/s as a multiple of grpc-js direct's; undefined without it. */
  readonly timesDirect: Spread | undefined;
  /** Of what was due in an open loop, the share that was not begun, as the system was hopelessly behind. */
  readonly refused: Spread | undefined;
  /** p99 of the wait for others to share a record, in milliseconds, where it is watched. */
  readonly packingP99: Spread | undefined;
  /** Microseconds a call, by process and by its threads. */
  readonly cpu: Readonly<Record<string, CpuSpread>>;
  /** CPUs busy with something else. */
  readonly elsewhere: Spread;
}

/**
 * Medians over the rounds. A ratio is taken within each round, between neighbours in time, and then its median: what
 * disturbed a whole round does not disturb it. In the order of the trials, and in each of the systems.
 */
export function summarize(measurements: readonly Measurement[]): Summary[] {
  const groups = new Map<string, Measurement[]>();
  for (const measurement of measurements) {
    const key = `${measurement.part} ${measurement.trial} ${measurement.system}`;
    groups.set(key, [...(groups.get(key) ?? []), measurement]);
  }
  return [...groups.values()].map((group) => summarizeGroup(group, measurements));
}

function summarizeGroup(group: readonly Measurement[], all: readonly Measurement[]): Summary {
  const [first] = group;
  if (first === undefined) throw new Error('a group has a measurement at least');
  const { system, part, trial } = first;
  const of = (figure: (one: Measurement) => number): Spread => spread(group.map(figure));
  const ofSome = (figure: (one: Measurement) => number | undefined): Spread | undefined => {
    const figures = group.map(figure).filter((value) => value !== undefined);
    return figures.length === 0 ? undefined : spread(figures);
  };
  const ratio = (to: SystemName, figure: (one: Measurement) => number): Spread | undefined =>
    ofSome((one) => {
      const sameTime = (it: Measurement) => it.part === part && it.trial === trial && it.round === one.round;
      const other = all.find((it) => it.system === to && sameTime(it));
      return other && figure(one) / figure(other);
    });
  const cpuSpread = (process: string): CpuSpread => {
    const parts = cpuParts.filter((part) => first.cpu[process]?.[part] !== undefined);
    return Object.fromEntries(parts.map((part) => [part, of(({ cpu }) => cpu[process]?.[part] ?? Number.NaN)]));
  };
  return {
    system,
    part,
    trial,
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    max: of(({ max }) => max),
    callsPerSecond: of(rate),
    overFloor: ratio('floor', ({ p50 }) => p50),
    timesDirect: ratio('direct', rate),
    refused: ofSome(({ refused, calls }) => (refused === undefined ? undefined : refused / (refused + calls))),
    packingP99: ofSome(({ packing }) => packing?.p99),
    cpu: Object.fromEntries(Object.keys(first.cpu).map((process) => [process, cpuSpread(process)])),
    elsewhere: of(({ elsewhere }) => elsewhere),
  };
}

function rate({ calls, seconds }: Measurement): number {
  return calls / seconds;
}
