import { cpuParts } from './cpu-time.js';
import { type RoundPart, roundParts } from './parts.js';
import type { Spread } from './percentiles.js';
import type { Summary } from './summary.js';
import { systemOf } from './systems.js';
import type { Table } from './table.js';

/** A table for each part that was measured in rounds, with its title. */
export function resultTables(summary: readonly Summary[]): { title: string; table: Table }[] {
  const parts = Object.entries(roundParts) as [RoundPart, (typeof roundParts)[RoundPart]][];
  return parts.flatMap(([part, { title, first, unit }]) => {
    const ofPart = summary.filter((one) => one.part === part);
    return ofPart.length === 0 ? [] : [{ title, table: tableOf(ofPart, first, unit) }];
  });
}

function tableOf(summary: readonly Summary[], first: string, unit: string): Table {
  const columns: [head: string, cell: (one: Summary) => string][] = [
    [first, ({ trial }) => trial],
    ['system', ({ system }) => systemOf(system).title],
    ['p50 ms (min-max)', ({ p50 }) => withSpread(p50, milliseconds)],
    ['x floor', ({ overFloor }) => median(overFloor, times)],
    ['p99 ms', ({ p99 }) => milliseconds(p99.median)],
    ['max ms', ({ max }) => milliseconds(max.median)],
    [`${unit}/s (min-max)`, ({ callsPerSecond }) => withSpread(callsPerSecond, count)],
    ['x direct', ({ timesDirect }) => median(timesDirect, times)],
    ['refused', ({ refused }) => median(refused, percent)],
    ['packing p99 ms', ({ packingP99 }) => median(packingP99, (ms) => ms.toFixed(3))],
    [`CPU us/${unit.slice(0, -1)}: caller`, (one) => cpuOf(one, ({ isCaller }) => isCaller)],
    ['worker', (one) => cpuOf(one, ({ isAnswerer }) => isAnswerer)],
    ['gateway', (one) => cpuOf(one, ({ name }) => name === 'gateway')],
    // NATS has one of its own.
    ['broker', (one) => cpuOf(one, ({ name }) => name === (one.system === 'nats' ? 'nats-server' : 'broker'))],
    ['CPU elsewhere', ({ elsewhere }) => elsewhere.median.toFixed(2)],
  ];
  // What nothing is told of takes no room.
  const rows = columns.map(([head, cell]) => [head, ...summary.map(cell)]);
  const told = rows.filter(([, ...cells]) => cells.some((cell) => cell !== '-'));
  return {
    head: told.map(([head]) => head ?? ''),
    rows: summary.map((_, row) => told.map((cells) => cells[row + 1] ?? '')),
  };
}

/** What the threads of each process take of a call. */
export function threadTable(summary: readonly Summary[]): Table {
  const parts = cpuParts.filter((part) => part !== 'total');
  return {
    head: ['trial', 'process', 'CPU us/call', ...parts],
    rows: summary.flatMap(({ part, trial, system, cpu }) =>
      Object.entries(cpu).map(([process, spreads]) => [
        `${part} ${trial}`,
        `${system} ${process}`,
        median(spreads.total, count),
        ...parts.map((part) => median(spreads[part], count)),
      ]),
    ),
  };
}

const milliseconds = (value: number) => value.toFixed(2);
const times = (value: number) => value.toFixed(2);
const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
const count = (value: number) => Math.round(value).toLocaleString('en');

/** The first of a system's processes that is no broker answers calls, and what makes them is named `caller`. */
function cpuOf(
  { cpu, system }: Summary,
  wanted: (process: { name: string; isCaller: boolean; isAnswerer: boolean }) => boolean,
): string {
  const answerer = systemOf(system).processes.find((process) => process !== 'nats-server');
  const name = Object.keys(cpu).find((name) =>
    wanted({ name, isCaller: name === 'caller', isAnswerer: name === answerer }),
  );
  return median(name === undefined ? undefined : cpu[name]?.total, count);
}

function median(figure: Spread | undefined, show: (value: number) => string): string {
  return figure === undefined ? '-' : show(figure.median);
}

function withSpread(figure: Spread, show: (value: number) => string): string {
  return `${show(figure.median)} (${show(figure.min)}-${show(figure.max)})`;
}
