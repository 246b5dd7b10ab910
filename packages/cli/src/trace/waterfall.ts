import type { CallTimes } from './call-times.js';
import { type Hop, waitOf } from './hops.js';
import { notesOf } from './notes.js';
import {
  fit,
  fitName,
  type Line,
  lengthOf,
  type Piece,
  padEnd,
  padStart,
  printable,
  type Style,
  timeText,
} from './text.js';
import { endOf, type Span, type SpanTree, startOf } from './trace.js';

const TIME_WIDTH = 10;
const LEAST_BAR = 8;
const WIDEST_SERVICE = 16;

const bars = { wait: '░', record: '▆', work: '█' } as const;

/** A trace as a person sees it: what it is, its spans over time, and where each call's time went. */
export function waterfall(
  tree: SpanTree,
  hops: ReadonlyMap<Span, Hop>,
  calls: readonly CallTimes[],
  columns: number,
): Line[] {
  return [...headline(tree), [], ...spanLines(tree, hops, columns), ...callLines(calls, columns)];
}

function headline(tree: SpanTree): Line[] {
  const { trace } = tree;
  const services = new Set(trace.spans.map(({ service }) => service)).size;
  const start = startOf(trace);
  const facts = [
    timeText(endOf(trace) - start),
    `${count(trace.spans.length, 'span')} of ${count(services, 'service')}`,
    new Date(start / 1000).toISOString(),
  ];
  return [[{ text: `trace ${trace.id}`, style: 'bold' }, { text: `  ${facts.join('  ')}` }]];
}

/** What goes into which column of the picture. */
interface Columns {
  readonly service: number;
  readonly name: number;
  readonly bar: number;
}

function spanLines(tree: SpanTree, hops: ReadonlyMap<Span, Hop>, columns: number): Line[] {
  const rows = [...tree.walk()];
  const longestName = Math.max(...rows.map((row) => lengthOf(nameOf(row))));
  const longestService = Math.max(...tree.trace.spans.map(({ service }) => lengthOf(printable(service))));
  const widths = layOut(columns, Math.min(longestService, WIDEST_SERVICE), longestName);
  const scale = scaleOf(tree, widths.bar);
  const lines: Line[] = [
    [
      { text: ' '.repeat(widths.service + widths.name + widths.bar) },
      { text: padStart('waited', TIME_WIDTH) + padStart('took', TIME_WIDTH), style: 'dim' },
    ],
  ];
  for (const row of rows) {
    const { span } = row;
    const hop = hops.get(span);
    lines.push([
      { text: padEnd(fit(printable(span.service), widths.service - 1), widths.service), style: 'dim' },
      {
        text: padEnd(fitName(nameOf(row), widths.name - 1), widths.name - 1),
        style: span.error === undefined ? 'plain' : 'error',
      },
      { text: ' ' },
      ...barOf(span, hop, scale, widths.bar),
      { text: padStart(waitText(hop), TIME_WIDTH), style: 'wait' },
      { text: padStart(timeText(span.endUs - span.startUs), TIME_WIDTH) },
    ]);
    for (const note of notesOf(tree, row.span)) {
      const indent = ' '.repeat(widths.service + row.depth + 2);
      lines.push([{ text: indent }, { text: fit(note.text, columns - indent.length), style: note.style ?? 'plain' }]);
    }
  }
  return lines;
}

/** Names take what they need of up to half the width, bars the rest. */
function layOut(columns: number, longestService: number, longestName: number): Columns {
  const service = columns < 72 ? Math.min(longestService, 8) + 1 : longestService + 1;
  const free = columns - service - 2 * TIME_WIDTH;
  const name = Math.max(Math.min(longestName + 1, Math.floor(free * 0.55)), 2);
  return { service, name, bar: Math.max(free - name, LEAST_BAR) };
}

/** From microseconds to cells of the bar. */
function scaleOf(tree: SpanTree, width: number): (us: number) => number {
  const start = startOf(tree.trace);
  const length = Math.max(1, endOf(tree.trace) - start);
  return (us) => Math.min(width, Math.max(0, ((us - start) / length) * width));
}

/** The waiting, then the span itself, of one cell at least. */
function barOf(span: Span, hop: Hop | undefined, scale: (us: number) => number, width: number): Piece[] {
  const from = Math.min(Math.floor(scale(span.startUs)), width - 1);
  const to = Math.max(from + 1, Math.round(scale(span.endUs)));
  const waitFrom = hop === undefined ? from : Math.min(Math.floor(scale(hop.waitFromUs)), from);
  const style: Style = span.kind === 'producer' || span.kind === 'consumer' ? 'record' : 'work';
  return [
    { text: ' '.repeat(waitFrom) },
    { text: bars.wait.repeat(from - waitFrom), style: 'wait' },
    { text: bars[style].repeat(to - from), style: span.error === undefined ? style : 'error' },
    { text: ' '.repeat(width - to) },
  ];
}

function nameOf({ span, depth }: { span: Span; depth: number }): string {
  return ' '.repeat(depth) + printable(span.name);
}

function waitText(hop: Hop | undefined): string {
  return hop === undefined || waitOf(hop) <= 0 ? '' : timeText(waitOf(hop));
}

/** The table of where the time went, a row for each call that went over Kafka. */
function callLines(calls: readonly CallTimes[], columns: number): Line[] {
  if (calls.length === 0) return [];
  const heads = ['caller', 'in topic', 'handler', 'way back', 'total'];
  const longest = Math.max(...calls.map(({ call }) => lengthOf(printable(call.name))), 'where the time went'.length);
  const width = Math.max(8, Math.min(longest + 1, columns - heads.length * TIME_WIDTH));
  const row = (name: string, cells: readonly string[], style: Style = 'plain'): Line => [
    { text: padEnd(fitName(name, width - 1), width), style },
    { text: cells.map((cell) => padStart(cell, TIME_WIDTH)).join(''), style },
  ];
  const lines: Line[] = [[], row('where the time went', heads, 'dim')];
  for (const times of calls) {
    const { callerUs, topicUs, handlerUs, wayBackUs, totalUs } = times;
    const spent = [callerUs, topicUs, handlerUs, wayBackUs];
    const share = (us: number) => (totalUs > 0 ? `${Math.round((us / totalUs) * 100)} %` : '');
    lines.push(row(printable(times.call.name), [...spent, totalUs].map(timeText)), row('', spent.map(share), 'dim'));
  }
  return lines;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
