import type { RoundPart, SystemName } from '../plan.js';
import { cpuParts } from '../processes/cpu.js';
import type { Measurement } from '../run/rounds.js';

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The median, and how far the values lie apart. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  const high = sorted[sorted.length >> 1] ?? Number.NaN;
  return { median: (low + high) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

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
  /** Of streams: messages. */
  readonly callsPerSecond: Spread;
  /** p50 as a multiple of that of a Kafka round trip by hand; undefined if that was not measured. */
  readonly timesByHand: Spread | undefined;
  /** Calls/s as a multiple of those of grpc-js over HTTP/2; undefined if that was not measured. */
  readonly timesDirect: Spread | undefined;
  /** The share of an open loop's arrivals that was not begun, because the system could not catch up. */
  readonly refused: Spread | undefined;
  /** p99 of an opening's wait for others to share its record, in milliseconds, if that is watched. */
  readonly packingP99: Spread | undefined;
  /** Microseconds a call, by process and by its threads. */
  readonly cpu: Readonly<Record<string, CpuSpread>>;
  /** How many CPUs were busy with something else. */
  readonly elsewhere: Spread;
}

/**
 * Medians over the rounds. A ratio is computed within each round, because its measurements are close in time, and then the median
 * of the ratios is taken. So a disturbance of a whole round does not change it. The result is in the order of the trials, and
 * within a trial in the order of the systems.
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
  if (first === undefined) throw new Error('a group has at least one measurement');
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
    timesByHand: ratio('by-hand', ({ p50 }) => p50),
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
