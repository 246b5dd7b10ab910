import { fitName, type Line, lengthOf, padEnd, padStart, printable, timeText, wrap } from '../terminal/text.js';
import { Bars } from './bars.js';
import { type CallTimes, partsOf } from './call-times.js';
import { factsOf } from './headline.js';
import { type Hop, waitText } from './hops.js';
import { notesOf } from './notes.js';
import type { Span, SpanTree } from './trace.js';

const TIME_WIDTH = 10;
/** With fewer columns, only the bar shows the time in the topic. */
const COLUMNS_WITH_WAIT = 40;
const PART_WIDTH = 'way back'.length;
const SHARE_WIDTH = '100%'.length;

/** As `waterfall`, for a terminal that is too narrow for the columns of a table: names and figures are on separate lines. */
export function narrowWaterfall(
  tree: SpanTree,
  hops: ReadonlyMap<Span, Hop>,
  calls: readonly CallTimes[],
  columns: number,
): Line[] {
  const title: Line[] = wrap(`trace ${tree.trace.id}`, columns).map((text) => [{ text, style: 'bold' }]);
  const facts: Line[] = factsOf(tree).flatMap((fact) => wrap(fact, columns).map((text) => [{ text }]));
  return [...title, ...facts, [], ...spanLines(tree, hops, columns), ...callLines(calls, columns)];
}

/** Draws two lines for each span: its name, then its bar and its times. */
function spanLines(tree: SpanTree, hops: ReadonlyMap<Span, Hop>, columns: number): Line[] {
  const heads = columns < COLUMNS_WITH_WAIT ? ['took'] : ['waited', 'took'];
  const bars = new Bars(tree, Math.max(1, columns - heads.length * TIME_WIDTH));
  const lines: Line[] = [
    [
      { text: ' '.repeat(bars.width) },
      { text: heads.map((head) => padStart(head, TIME_WIDTH)).join(''), style: 'dim' },
    ],
  ];
  for (const { span, depth } of tree.walk()) {
    const hop = hops.get(span);
    const service = `${' '.repeat(Math.min(depth, columns / 4))}${printable(span.service)} `;
    const took = padStart(timeText(span.endUs - span.startUs), TIME_WIDTH);
    const times = heads.length === 1 ? [] : [{ text: padStart(waitText(hop), TIME_WIDTH), style: 'wait' as const }];
    lines.push(
      [
        { text: service, style: 'dim' },
        {
          text: fitName(printable(span.name), columns - lengthOf(service)),
          style: span.error === undefined ? 'plain' : 'error',
        },
      ],
      [...bars.draw(span, hop), ...times, { text: took }],
    );
    for (const { text, style = 'plain' } of notesOf(tree, span)) {
      lines.push(...wrap(text, columns).map((part): Line => [{ text: part, style }]));
    }
  }
  return lines;
}

/** Draws one line for each part of each call that went over Kafka. */
function callLines(calls: readonly CallTimes[], columns: number): Line[] {
  if (calls.length === 0) return [];
  const timeWidth = Math.max(8, Math.min(TIME_WIDTH, columns - PART_WIDTH - SHARE_WIDTH));
  const row = (name: string, us: number, share: number | undefined): Line => [
    { text: padEnd(name, PART_WIDTH) + padStart(timeText(us), timeWidth) },
    { text: padStart(share === undefined ? '' : `${share}%`, SHARE_WIDTH), style: 'dim' },
  ];
  const lines: Line[] = [[], [{ text: 'where the time went', style: 'dim' }]];
  for (const times of calls) {
    lines.push([{ text: fitName(printable(times.call.name), columns) }]);
    for (const { name, us, share } of partsOf(times)) lines.push(row(name, us, share));
    lines.push(row('total', times.totalUs, undefined));
  }
  return lines;
}
