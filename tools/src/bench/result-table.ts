import { cpuParts } from './cpu-time.js';
import type { Spread } from './percentiles.js';
import type { Summary } from './summary.js';
import { systems } from './systems.js';
import type { Table } from './table.js';

export function resultTable(summary: readonly Summary[]): Table {
  return {
    head: [
      'callers',
      'system',
      'p50 ms (min-max)',
      'x floor',
      'p99 ms',
      'calls/s (min-max)',
      'x direct',
      'CPU us/call: caller',
      'worker',
      'gateway',
      'broker',
      'CPU elsewhere',
    ],
    rows: summary.map((one) => [
      String(one.callers),
      systems[one.system].title,
      withSpread(one.p50, milliseconds),
      median(one.overFloor, times),
      milliseconds(one.p99.median),
      withSpread(one.callsPerSecond, count),
      median(one.timesDirect, times),
      cpuOf(one, 'caller'),
      // A system has one of those that answer calls; they share a column.
      cpuOf(one, 'responder', 'worker', 'untraced-worker', 'sampled-worker', 'server'),
      cpuOf(one, 'gateway'),
      cpuOf(one, 'broker'),
      one.elsewhere.median.toFixed(2),
    ]),
  };
}

/** What the threads of each process take of a call. */
export function threadTable(summary: readonly Summary[]): Table {
  const parts = cpuParts.filter((part) => part !== 'total');
  return {
    head: ['callers', 'process', 'CPU us/call', ...parts],
    rows: summary.flatMap(({ callers, system, cpu }) =>
      Object.entries(cpu).map(([process, spreads]) => [
        String(callers),
        `${system} ${process}`,
        median(spreads.total, count),
        ...parts.map((part) => median(spreads[part], count)),
      ]),
    ),
  };
}

const milliseconds = (value: number) => value.toFixed(2);
const times = (value: number) => value.toFixed(2);
const count = (value: number) => Math.round(value).toLocaleString('en');

function cpuOf({ cpu }: Summary, ...processes: string[]): string {
  return median(processes.map((name) => cpu[name]?.total).find(Boolean), count);
}

function median(figure: Spread | undefined, show: (value: number) => string): string {
  return figure === undefined ? '-' : show(figure.median);
}

function withSpread(figure: Spread, show: (value: number) => string): string {
  return `${show(figure.median)} (${show(figure.min)}-${show(figure.max)})`;
}
