import { timeText } from '../terminal/text.js';
import { endOf, type SpanTree, startOf } from './trace.js';

/** The facts about a trace besides its id: how long it took, the number of its spans and services, and when it started. */
export function factsOf({ trace }: SpanTree): string[] {
  const services = new Set(trace.spans.map(({ service }) => service)).size;
  const start = startOf(trace);
  return [
    timeText(endOf(trace) - start),
    `${count(trace.spans.length, 'span')} of ${count(services, 'service')}`,
    new Date(start / 1000).toISOString(),
  ];
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
