import { cpuParts } from './cpu-time.js';
import { type Spread, spread } from './percentiles.js';
import type { Measurement } from './rounds.js';
import type { SystemName } from './systems.js';

export type CpuSpread = Readonly<Partial<Record<(typeof cpuParts)[number], Spread>>>;

/** All rounds of one system at one number of callers. */
export interface Summary {
  readonly system: SystemName;
  readonly callers: number;
  /** Milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  readonly callsPerSecond: Spread;
  /** p50 as a multiple of the floor's; undefined without a floor. */
  readonly overFloor: Spread | undefined;
  /** Calls/s as a multiple of grpc-js direct's; undefined without it. */
  readonly timesDirect: Spread | undefined;
  /** Microseconds a call, by process and by its threads. */
  readonly cpu: Readonly<Record<string, CpuSpread>>;
  /** CPUs busy with something else. */
  readonly elsewhere: Spread;
}

/**
 * Medians over the rounds. A ratio is taken within each round, between neighbours in time, and then its median: what
 * disturbed a whole round does not disturb it.
 */
export function summarize(measurements: readonly Measurement[]): Summary[] {
  const groups = new Map<string, Measurement[]>();
  for (const measurement of measurements) {
    const key = `${measurement.callers} ${measurement.system}`;
    groups.set(key, [...(groups.get(key) ?? []), measurement]);
  }
  const first = [...groups.values()].map((group) => summarizeGroup(group, measurements));
  return first.sort((a, b) => a.callers - b.callers);
}

function summarizeGroup(group: readonly Measurement[], all: readonly Measurement[]): Summary {
  const [{ system, callers } = { system: 'floor' as const, callers: 0 }] = group;
  const of = (figure: (one: Measurement) => number): Spread => spread(group.map(figure));
  const ratio = (to: SystemName, figure: (one: Measurement) => number): Spread | undefined => {
    const ratios = group.flatMap((one) => {
      const other = all.find((it) => it.system === to && it.callers === callers && it.round === one.round);
      return other === undefined ? [] : [figure(one) / figure(other)];
    });
    return ratios.length === 0 ? undefined : spread(ratios);
  };
  const cpuSpread = (process: string): CpuSpread => {
    const parts = cpuParts.filter((part) => group[0]?.cpu[process]?.[part] !== undefined);
    return Object.fromEntries(parts.map((part) => [part, of(({ cpu }) => cpu[process]?.[part] ?? Number.NaN)]));
  };
  return {
    system,
    callers,
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    callsPerSecond: of(rate),
    overFloor: ratio('floor', ({ p50 }) => p50),
    timesDirect: ratio('direct', rate),
    cpu: Object.fromEntries(Object.keys(group[0]?.cpu ?? {}).map((process) => [process, cpuSpread(process)])),
    elsewhere: of(({ elsewhere }) => elsewhere),
  };
}

function rate({ calls, seconds }: Measurement): number {
  return calls / seconds;
}
