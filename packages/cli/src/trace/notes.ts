import { type Piece, printable } from '../terminal/text.js';
import { readTheSame } from './hops.js';
import type { Span, SpanLink, SpanTree } from './trace.js';

/** How many links are listed one by one. */
const NAMED_LINKS = 3;

/** The number of calls that share the span's record: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
const BATCH = 'messaging.batch.message_count';
/** The number of attempts before the one that a request was sent for. */
const PREVIOUS_ATTEMPTS = 'wherry.previous_attempts';

/** Returns the notes on a span besides its times, one line each. */
export function notesOf(tree: SpanTree, span: Span): Piece[] {
  const notes: Piece[] = [];
  if (span.error !== undefined) notes.push({ text: `✗ ${printable(span.error)}`, style: 'error' });
  if (span.parentId !== undefined && tree.parentOf(span) === undefined) {
    notes.push({ text: `(its parent, span ${span.parentId}, is not in the trace)`, style: 'dim' });
  }
  const earlier = earlierAttempt(tree, span);
  const previous = Number(span.attributes.get(PREVIOUS_ATTEMPTS) ?? 0);
  if (previous > 0) notes.push({ text: `↺ attempt ${previous + 1}`, style: 'wait' });
  if (earlier !== undefined) {
    notes.push({ text: `↺ an earlier attempt: span ${earlier.id} at ${printable(earlier.service)}`, style: 'wait' });
  }
  // Calls in one record are linked to each other. Their number says more than their ids.
  const together = Number(span.attributes.get(BATCH) ?? 0);
  if (together > 1) notes.push({ text: `${together} calls in its record`, style: 'dim' });
  else notes.push(...linkNotes(tree, span));
  return notes;
}

/** Finds the span of an earlier attempt: one that the span links to, or an earlier reader of the same record of the same call. */
function earlierAttempt(tree: SpanTree, span: Span): Span | undefined {
  for (const { traceId, spanId } of span.links) {
    const linked = traceId === tree.trace.id ? tree.find(spanId) : undefined;
    const alike = linked?.kind === span.kind && linked.parentId === span.parentId && linked.startUs <= span.startUs;
    if (alike && linked !== span) return linked;
  }
  const parent = span.kind === 'consumer' ? tree.parentOf(span) : undefined;
  if (parent === undefined) return undefined;
  const siblings = tree.childrenOf(parent);
  return siblings
    .slice(0, siblings.indexOf(span))
    .findLast((sibling) => sibling.kind === 'consumer' && readTheSame(sibling, span));
}

function linkNotes(tree: SpanTree, { links }: Span): Piece[] {
  const elsewhere = links.filter(({ traceId, spanId }) => traceId !== tree.trace.id || tree.find(spanId) === undefined);
  const nameOf = ({ traceId, spanId }: SpanLink) =>
    traceId === tree.trace.id ? `span ${spanId}, which is not in the trace` : `trace ${traceId}`;
  const notes: Piece[] = elsewhere
    .slice(0, NAMED_LINKS)
    .map((link) => ({ text: `↗ linked to ${nameOf(link)}`, style: 'dim' }));
  const more = elsewhere.length - notes.length;
  return more > 0 ? [...notes, { text: `↗ and ${more} more`, style: 'dim' }] : notes;
}
