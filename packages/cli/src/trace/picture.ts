import { fitName, type Line, lengthOf, padEnd, padStart, printable, timeText, wrap } from '../terminal/text.js';
import { type CallTimes, callTimesOf } from './call-times.js';
import { type Hop, hopsOf, waitOf } from './hops.js';
import { narrowWaterfall } from './narrow-waterfall.js';
import { endOf, type Span, SpanTree, startOf, type Trace } from './trace.js';
import { waterfall } from './waterfall.js';

/** A terminal with fewer columns gets the narrow layout. */
const NARROW = 64;

/** A trace with the results of its analysis. */
export interface Analysis {
  readonly tree: SpanTree;
  readonly hops: ReadonlyMap<Span, Hop>;
  readonly calls: readonly CallTimes[];
}

export function analyse(trace: Trace): Analysis {
  const tree = new SpanTree(trace);
  const hops = hopsOf(tree);
  return { tree, hops, calls: callTimesOf(tree, hops) };
}

export function drawTrace({ tree, hops, calls }: Analysis, columns: number): Line[] {
  return columns < NARROW ? narrowWaterfall(tree, hops, calls, columns) : waterfall(tree, hops, calls, columns);
}

/** Draws a list of the slowest traces below a title. */
export function drawSlowest(title: string, slowest: readonly Analysis[], columns: number): Line[] {
  const head: Line[] = [...wrap(title, columns).map((text): Line => [{ text, style: 'bold' }]), []];
  if (columns < NARROW) return [...head, ...slowest.flatMap((one) => narrowEntry(one, columns))];
  const idWidth = Math.max(...slowest.map(({ tree }) => lengthOf(tree.trace.id)), 8);
  const heads = `${padStart('took', 10)}${padStart('in topics', 11)}  ${padEnd('trace', idWidth)}  call`;
  const lines: Line[] = [...head, [{ text: heads, style: 'dim' }]];
  for (const { tree, hops } of slowest) {
    const { trace } = tree;
    const root = rootOf(tree);
    const times = padStart(timeText(durationOf(trace)), 10) + padStart(timeText(waitedIn(hops)), 11);
    const failed = root?.error === undefined ? '' : `  ✗ ${printable(root.error)}`;
    const call = printable(root?.name ?? '');
    const room = columns - lengthOf(times) - idWidth - 4 - lengthOf(call);
    lines.push([
      { text: `${times}  ${padEnd(trace.id, idWidth)}  ${call}` },
      { text: room > 8 ? failed : '', style: 'error' },
    ]);
  }
  return lines;
}

/** An entry of the list for a narrow terminal: several lines, which have the whole id of the trace. */
function narrowEntry({ tree, hops }: Analysis, columns: number): Line[] {
  const { trace } = tree;
  const root = rootOf(tree);
  const times = `${timeText(durationOf(trace))}, in topics ${timeText(waitedIn(hops))}`;
  const failed = root?.error === undefined ? [] : wrap(`✗ ${printable(root.error)}`, columns);
  return [
    [{ text: fitName(printable(root?.name ?? ''), columns), style: 'bold' }],
    ...[...wrap(times, columns), ...wrap(trace.id, columns)].map((text): Line => [{ text }]),
    ...failed.map((text): Line => [{ text, style: 'error' }]),
    [],
  ];
}

/** The JSON that `--json` prints for a trace. Times are in milliseconds; a start counts from the start of the trace. */
export function traceJson({ tree, hops, calls }: Analysis): object {
  const start = startOf(tree.trace);
  const ms = (us: number) => us / 1000;
  return {
    ...summaryJson({ tree, hops, calls }),
    spans: [...tree.walk()].map(({ span, depth }) => {
      const hop = hops.get(span);
      return {
        spanId: span.id,
        parentSpanId: span.parentId,
        depth,
        service: span.service,
        name: span.name,
        kind: span.kind,
        startMs: ms(span.startUs - start),
        durationMs: ms(span.endUs - span.startUs),
        waitMs: hop === undefined ? undefined : ms(waitOf(hop)),
        error: span.error,
        links: span.links.length === 0 ? undefined : span.links,
        attributes: Object.fromEntries(span.attributes),
      };
    }),
    calls: calls.map(({ call, ...times }) => ({
      spanId: call.id,
      name: call.name,
      callerMs: ms(times.callerUs),
      topicMs: ms(times.topicUs),
      handlerMs: ms(times.handlerUs),
      wayBackMs: ms(times.wayBackUs),
      totalMs: ms(times.totalUs),
    })),
  };
}

/** The JSON that `--json` prints for each of the slowest traces. */
export function summaryJson({ tree, hops }: Analysis): object {
  const { trace } = tree;
  const root = rootOf(tree);
  return {
    traceId: trace.id,
    start: new Date(startOf(trace) / 1000).toISOString(),
    durationMs: durationOf(trace) / 1000,
    waitMs: waitedIn(hops) / 1000,
    service: root?.service,
    name: root?.name,
    error: root?.error,
  };
}

export function durationOf(trace: Trace): number {
  return endOf(trace) - startOf(trace);
}

function rootOf(tree: SpanTree): Span | undefined {
  return tree.roots[0];
}

function waitedIn(hops: ReadonlyMap<Span, Hop>): number {
  return [...hops.values()].reduce((sum, hop) => sum + Math.max(0, waitOf(hop)), 0);
}
