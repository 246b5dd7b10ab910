import {
  fit,
  fitName,
  type Line,
  lengthOf,
  padEnd,
  padStart,
  printable,
  type Style,
  timeText,
} from '../terminal/text.js';
import { Bars } from './bars.js';
import { type CallTimes, partsOf } from './call-times.js';
import { factsOf } from './headline.js';
import { type Hop, waitText } from './hops.js';
import { notesOf } from './notes.js';
import type { Span, SpanTree } from './trace.js';

const TIME_WIDTH = 10;
const LEAST_BAR = 8;
const WIDEST_SERVICE = 16;

/** Draws a trace for a person: its facts, its spans over time, one row each, and a table of where the time of each call went. */
export function waterfall(
  tree: SpanTree,
  hops: ReadonlyMap<Span, Hop>,
  calls: readonly CallTimes[],
  columns: number,
): Line[] {
  const headline: Line = [{ text: `trace ${tree.trace.id}`, style: 'bold' }, { text: `  ${factsOf(tree).join('  ')}` }];
  return [headline, [], ...spanLines(tree, hops, columns), ...callLines(calls, columns)];
}

/** The widths of the columns of the picture. */
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
  const bars = new Bars(tree, widths.bar);
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
      ...bars.draw(span, hop),
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

/** Gives names the width that they need, up to about half of it, and the rest to the bars. */
function layOut(columns: number, longestService: number, longestName: number): Columns {
  const service = columns < 72 ? Math.min(longestService, 8) + 1 : longestService + 1;
  const free = columns - service - 2 * TIME_WIDTH;
  const name = Math.max(Math.min(longestName + 1, Math.floor(free * 0.55)), 2);
  return { service, name, bar: Math.max(free - name, LEAST_BAR) };
}

function nameOf({ span, depth }: { span: Span; depth: number }): string {
  return ' '.repeat(depth) + printable(span.name);
}

/** Draws the table of where the time went, with one row for each call that went over Kafka. */
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
    const parts = partsOf(times);
    lines.push(
      row(printable(times.call.name), [...parts.map(({ us }) => us), times.totalUs].map(timeText)),
      row(
        '',
        parts.map(({ share }) => (share === undefined ? '' : `${share} %`)),
        'dim',
      ),
    );
  }
  return lines;
}
