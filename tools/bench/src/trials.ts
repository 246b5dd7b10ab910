import { type LoadShape, noWait } from './load/load.js';
import type { BenchOptions } from './options.js';
import type { RoundPart } from './parts.js';
import type { SystemName } from './systems.js';

/** One load, for some systems. */
export interface Trial {
  readonly part: RoundPart;
  /** Tells it from the others of its part. */
  readonly label: string;
  readonly load: LoadShape;
  readonly systems: readonly SystemName[];
}

/** Handlers of these wait as long as they are asked to. */
const withHandlers: readonly SystemName[] = ['channel', 'generated', 'gateway', 'direct'];
/** Callers of these open streams. The floor's have the messages of a turn in one record, by hand. */
const withStreams: readonly SystemName[] = ['floor', 'channel', 'gateway', 'direct'];
const randomWaits = { minMs: 1, maxMs: 20 };
/** How many streams, and how many messages each keeps on their way: 64 on one is a question of latency, 1024 one of cost. */
const streams = { '1': [1, 64], '64': [64, 64], '1 with 1024': [1, 1024] } as const;
/** For 100 bytes, 10 KB and 500 KB of message. */
const payloads = { '100 B': 98, '10 KB': 10_000, '500 KB': 500_000 };

/** The embedded broker keeps 5 MB of a partition: of sixteen calls of 500 KB it would forget some. */
function payloadsOn(embedded: boolean): [label: string, bytes: number][] {
  return Object.entries(payloads).filter(([, bytes]) => !embedded || bytes < 500_000);
}

/** What a run measures, in order. */
export function trialsOf({ parts, systems, callers, rates, bodyBytes, embedded }: BenchOptions): Trial[] {
  const among = (able: readonly SystemName[]) => systems.filter((system) => able.includes(system));
  const byPart: Readonly<Record<RoundPart, () => Trial[]>> = {
    load: () =>
      callers.map((number) => ({
        part: 'load',
        label: String(number),
        load: { kind: 'closed', callers: number, wait: noWait, bodyBytes },
        systems: systems.filter((system) => system !== 'watched'),
      })),
    waits: () => [
      ...callers.slice(-1).map(
        (number): Trial => ({
          part: 'waits',
          label: `${number} callers`,
          load: { kind: 'closed', callers: number, wait: randomWaits, bodyBytes },
          systems: among(withHandlers),
        }),
      ),
      ...rates.map(
        (perSecond): Trial => ({
          part: 'waits',
          label: `${perSecond.toLocaleString('en')}/s`,
          load: { kind: 'open', perSecond, wait: randomWaits, bodyBytes },
          systems: among([...withHandlers, 'watched']),
        }),
      ),
    ],
    streams: () =>
      Object.entries(streams).map(([label, [number, window]]) => ({
        part: 'streams',
        label,
        load: { kind: 'streams', streams: number, window, bodyBytes },
        systems: among(withStreams),
      })),
    payloads: () =>
      payloadsOn(embedded).map(([label, bytes]) => ({
        part: 'payloads',
        label,
        load: { kind: 'closed', callers: 16, wait: noWait, bodyBytes: bytes },
        systems: among(['floor', ...withHandlers]),
      })),
  };
  const asked = (Object.keys(byPart) as RoundPart[]).filter((part) => parts.includes(part));
  return asked.flatMap((part) => byPart[part]()).filter(({ systems }) => systems.length > 0);
}
