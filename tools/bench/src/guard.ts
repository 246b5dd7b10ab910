import type { MemoryResult } from './memory.js';
import type { RoundPart } from './parts.js';
import type { Measurement } from './rounds.js';
import type { SystemName } from './systems.js';

/**
 * A ratio of two figures of one round, and how bad it may be. It is far from what is published, as the machine may be busy
 * with anything: it catches what was broken, not what became a little slower.
 */
export interface Bound {
  readonly title: string;
  readonly limit: number;
  /** Whether the limit is the least or the most that is right. */
  readonly kind: 'at least' | 'at most';
  /** One ratio a round. The best of them counts: noise spoils some rounds, what is broken spoils all. */
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
/** Of all processes of ours. The broker's is left out: not every broker tells. */
const cpu = (one: Measurement) =>
  Object.entries(one.cpu).reduce((sum, [name, { total }]) => (name === 'broker' ? sum : sum + total), 0);

/** What a short run is held to. The published figures are in docs/performance.md. */
export const bounds: readonly Bound[] = [
  {
    title: 'calls/s at 256 callers: channel over grpc-js direct',
    kind: 'at least',
    limit: 1.5,
    ratios: betweenSystems('load', '256', 'channel', 'direct', callsPerSecond),
  },
  {
    title: 'CPU of a call at 256 callers: channel over grpc-js direct',
    kind: 'at most',
    limit: 0.3,
    ratios: betweenSystems('load', '256', 'channel', 'direct', cpu),
  },
  {
    title: 'p50 at 1 caller: channel over two hops of node-rdkafka',
    kind: 'at most',
    limit: 2.5,
    ratios: betweenSystems('load', '1', 'channel', 'floor', p50),
  },
  {
    title: 'calls/s at 256 callers: gateway over grpc-js direct',
    kind: 'at least',
    limit: 0.35,
    ratios: betweenSystems('load', '256', 'gateway', 'direct', callsPerSecond),
  },
  {
    title: 'CPU of a message on 64 streams: channel over grpc-js direct',
    kind: 'at most',
    limit: 0.8,
    ratios: betweenSystems('streams', '64', 'channel', 'direct', cpu),
  },
  {
    title: 'heap of a call under way, both sides: channel over grpc-js direct',
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

/** A bound with no ratio does not hold: what was not measured was not guarded. */
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
