import type { RoundPart, SystemName } from '../plan.js';
import type { MemoryResult } from '../run/outside-rounds.js';
import type { Measurement } from '../run/rounds.js';

/**
 * A ratio of two figures of one round, and its limit. The limit is far from the published figure, because the machine may be busy.
 * So the guard finds defects, but no small slowdowns.
 */
export interface Bound {
  readonly title: string;
  readonly limit: number;
  /** Whether the ratio must be at least or at most the limit. */
  readonly kind: 'at least' | 'at most';
  /** One ratio a round. The best of them counts: noise spoils some rounds, a defect spoils all. */
  ratios(results: GuardResults): number[];
}

export interface GuardResults {
  readonly measurements: readonly Measurement[];
  readonly memory: readonly MemoryResult[];
}

export interface Verdict {
  readonly bound: Bound;
  readonly ratios: readonly number[];
  readonly best: number;
  readonly holds: boolean;
}

const callsPerSecond = ({ calls, seconds }: Measurement) => calls / seconds;
const p50 = (one: Measurement) => one.p50;
/** Of all processes of the system except the broker, whose CPU is not always known. */
const cpu = (one: Measurement) =>
  Object.entries(one.cpu).reduce((sum, [name, { total }]) => (name === 'broker' ? sum : sum + total), 0);

/** The bounds of a short run. The published figures are in docs/performance.md. */
export const bounds: readonly Bound[] = [
  {
    title: 'calls/s at 256 callers: Wherry compared with grpc-js over HTTP/2',
    kind: 'at least',
    limit: 1.5,
    ratios: betweenSystems('load', '256', 'channel', 'direct', callsPerSecond),
  },
  {
    title: 'CPU of a call at 256 callers: Wherry compared with grpc-js over HTTP/2',
    kind: 'at most',
    limit: 0.3,
    ratios: betweenSystems('load', '256', 'channel', 'direct', cpu),
  },
  {
    title: 'p50 at 1 caller: Wherry compared with a Kafka round trip by hand',
    kind: 'at most',
    limit: 2.5,
    ratios: betweenSystems('load', '1', 'channel', 'by-hand', p50),
  },
  {
    title: 'calls/s at 256 callers: Wherry gateway compared with grpc-js over HTTP/2',
    kind: 'at least',
    limit: 0.35,
    ratios: betweenSystems('load', '256', 'gateway', 'direct', callsPerSecond),
  },
  {
    title: 'CPU of a message on 64 streams: Wherry compared with grpc-js over HTTP/2',
    kind: 'at most',
    limit: 0.8,
    ratios: betweenSystems('streams', '64', 'channel', 'direct', cpu),
  },
  {
    title: 'heap of a call under way, both sides: Wherry compared with grpc-js over HTTP/2',
    kind: 'at most',
    limit: 1,
    ratios: ({ memory }) => {
      const heap = (name: SystemName) => memory.filter(({ system }) => system === name).map(bothSides);
      const [direct] = heap('direct');
      return direct === undefined ? [] : heap('channel').map((channel) => channel / direct);
    },
  },
];

function bothSides({ caller, worker }: MemoryResult): number {
  return caller.heap + worker.heap;
}

function betweenSystems(
  part: RoundPart,
  trial: string,
  system: SystemName,
  to: SystemName,
  figure: (one: Measurement) => number,
): Bound['ratios'] {
  return ({ measurements }) => {
    const of = (name: SystemName) =>
      measurements.filter((one) => one.part === part && one.trial === trial && one.system === name);
    return of(system).flatMap((one) => {
      const other = of(to).find(({ round }) => round === one.round);
      return other === undefined ? [] : [figure(one) / figure(other)];
    });
  };
}

/** A bound with no ratio does not hold: nothing was measured. */
export function judge(results: GuardResults): Verdict[] {
  return bounds.map((bound) => {
    const ratios = bound.ratios(results);
    const best = bound.kind === 'at least' ? Math.max(...ratios) : Math.min(...ratios);
    const holds = ratios.length > 0 && (bound.kind === 'at least' ? best >= bound.limit : best <= bound.limit);
    return { bound, ratios, best, holds };
  });
}

export function describe({ bound: { title, kind, limit }, ratios, best, holds }: Verdict): string {
  const each = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
  const figure = ratios.length === 0 ? 'not measured' : `${best.toFixed(2)}, the best of ${each}`;
  return `${holds ? 'holds' : 'FAILS'}  ${title}: ${kind} ${limit}; it is ${figure}`;
}
