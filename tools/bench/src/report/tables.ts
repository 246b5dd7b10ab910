import { otherParts, type RoundPart, roundParts, systemOf } from '../plan.js';
import { cpuParts } from '../processes/cpu.js';
import {
  type AddedWorkersResult,
  type ColdStartResult,
  type MemoryResult,
  workersLoad,
} from '../run/outside-rounds.js';
import { type Spread, type Summary, spread } from './summary.js';

/** Everything that a run has measured. */
export interface Results {
  readonly summary: readonly Summary[];
  readonly memory: readonly MemoryResult[];
  readonly workers: readonly AddedWorkersResult[];
  readonly cold: readonly ColdStartResult[];
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table for each part that was measured, with its title. */
export function tablesOf({ summary, memory, workers, cold }: Results): { title: string; table: Table }[] {
  const parts = Object.entries(roundParts) as [RoundPart, (typeof roundParts)[RoundPart]][];
  return [
    ...parts.map(([part, { title, first, unit }]) => {
      const ofPart = summary.filter((one) => one.part === part);
      return { title, table: roundTable(ofPart, first, unit) };
    }),
    { title: otherParts.memory, table: memoryTable(memory) },
    { title: otherParts.workers, table: workersTable(workers) },
    { title: otherParts.cold, table: coldTable(cold) },
  ].filter(({ table }) => table.rows.length > 0);
}

function roundTable(summary: readonly Summary[], first: string, unit: string): Table {
  const columns: [head: string, cell: (one: Summary) => string][] = [
    [first, ({ trial }) => trial],
    ['system', ({ system }) => systemOf(system).title],
    ['p50 ms (min-max)', ({ p50 }) => withSpread(p50, milliseconds)],
    ['p50 x Kafka by hand', ({ timesByHand }) => median(timesByHand, times)],
    ['p99 ms', ({ p99 }) => milliseconds(p99.median)],
    ['max ms', ({ max }) => milliseconds(max.median)],
    [`${unit}/s (min-max)`, ({ callsPerSecond }) => withSpread(callsPerSecond, count)],
    [`${unit}/s x HTTP/2`, ({ timesDirect }) => median(timesDirect, times)],
    ['not begun', ({ refused }) => median(refused, percent)],
    ['wait for a shared record, p99 ms', ({ packingP99 }) => median(packingP99, (ms) => ms.toFixed(3))],
    [`CPU us/${unit.slice(0, -1)}: caller`, (one) => cpuOf(one, ({ isCaller }) => isCaller)],
    ['worker', (one) => cpuOf(one, ({ isAnswerer }) => isAnswerer)],
    ['gateway', (one) => cpuOf(one, ({ name }) => name === 'gateway')],
    // NATS has a broker of its own.
    ['broker', (one) => cpuOf(one, ({ name }) => name === (one.system === 'nats' ? 'nats-server' : 'broker'))],
    ['CPUs busy elsewhere', ({ elsewhere }) => elsewhere.median.toFixed(2)],
  ];
  // A column without any figure is left out.
  const cells = columns.map(([head, cell]) => [head, ...summary.map(cell)]);
  const filled = cells.filter(([, ...figures]) => figures.some((figure) => figure !== '-'));
  return {
    head: filled.map(([head]) => head ?? ''),
    rows: summary.map((_, row) => filled.map((column) => column[row + 1] ?? '')),
  };
}

/** The CPU time of a call, by process and thread. */
export function threadTable(summary: readonly Summary[]): Table {
  const parts = cpuParts.filter((part) => part !== 'total');
  return {
    head: ['trial', 'process', 'CPU us/call', ...parts],
    rows: summary.flatMap(({ part, trial, system, cpu }) =>
      Object.entries(cpu).map(([process, spreads]) => [
        `${part} ${trial}`,
        `${systemOf(system).title}: ${process}`,
        median(spreads.total, count),
        ...parts.map((part) => median(spreads[part], count)),
      ]),
    ),
  };
}

function memoryTable(results: readonly MemoryResult[]): Table {
  return {
    head: ['calls', 'system', 'heap bytes/call: caller', 'worker', 'whole process: caller', 'worker'],
    rows: results.map(({ system, calls, caller, worker }) => [
      count(calls),
      systemOf(system).title,
      ...[caller.heap, worker.heap, caller.rss, worker.rss].map(count),
    ]),
  };
}

function workersTable(results: readonly AddedWorkersResult[]): Table {
  const { callers, waitMs, concurrency } = workersLoad;
  return {
    head: ['workers', 'load', 'calls/s', 'x one worker', 'share of places taken: least', 'most'],
    rows: results.map(({ workers, callsPerSecond, timesOne, busy }) => [
      String(workers),
      `${callers} callers, handlers of ${waitMs} ms, ${concurrency} at once a worker`,
      count(callsPerSecond),
      times(timesOne),
      times(Math.min(...busy)),
      times(Math.max(...busy)),
    ]),
  };
}

function coldTable(results: readonly ColdStartResult[]): Table {
  return {
    head: ['new processes', 'broker', 'createChannel to first reply, ms: median', 'min', 'max'],
    rows: results.map(({ broker, each }) => {
      const { median, min, max } = spread(each);
      return [String(each.length), broker, ...[median, min, max].map((ms) => ms.toFixed(0))];
    }),
  };
}

const milliseconds = (value: number) => value.toFixed(2);
const times = (value: number) => value.toFixed(2);
const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
const count = (value: number) => Math.round(value).toLocaleString('en');

/** The process that makes calls is named `caller`. The first of a system's processes that is no broker answers calls. */
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

/** For a terminal: aligned columns, and an empty line whenever the first column changes. */
export function asText(table: Table): string {
  const [head = [], ...rows] = aligned(table);
  const lines = [head.join('  ')];
  rows.forEach((row, index) => {
    if (table.rows[index]?.[0] !== table.rows[index - 1]?.[0]) lines.push('');
    lines.push(row.join('  '));
  });
  return lines.join('\n');
}

export function asMarkdown(table: Table): string {
  const [head = [], ...rows] = aligned(table);
  const rule = head.map((cell, column) =>
    isText(column) ? '-'.repeat(cell.length) : `${'-'.repeat(cell.length - 1)}:`,
  );
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function aligned({ head, rows }: Table): string[][] {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
}

/** Only the second column is text. */
function isText(column: number): boolean {
  return column === 1;
}
