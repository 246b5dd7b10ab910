import type { Span, SpanTree } from './trace.js';

/** A record's way over one topic: from the program that sent it to the one that read it. */
export interface Hop {
  /** Undefined where its program is not traced. */
  readonly producer: Span | undefined;
  readonly consumer: Span;
  /** From when the record lay in the topic; it did so until the consumer's start. */
  readonly waitFromUs: number;
}

/** How long a record lay in its topic, as the consumer measured it by the record's timestamp. */
const QUEUE_WAIT = 'wherry.queue.wait_ms';
/** OpenTelemetry's semantic conventions for messaging: the topic. */
const DESTINATION = 'messaging.destination.name';

/** The hop of each consumer span. */
export function hopsOf(tree: SpanTree): ReadonlyMap<Span, Hop> {
  const hops = new Map<Span, Hop>();
  for (const consumer of tree.trace.spans) {
    if (consumer.kind !== 'consumer') continue;
    const producer = producerOf(tree, consumer);
    hops.set(consumer, { producer, consumer, waitFromUs: waitFrom(producer, consumer) });
  }
  return hops;
}

export function waitOf(hop: Hop): number {
  return hop.consumer.startUs - hop.waitFromUs;
}

/** Its parent; or, where that is the call itself, the producer it links to, or the last before it to the same topic. */
function producerOf(tree: SpanTree, consumer: Span): Span | undefined {
  const parent = tree.parentOf(consumer);
  if (parent?.kind === 'producer') return parent;
  for (const { traceId, spanId } of consumer.links) {
    const linked = traceId === tree.trace.id ? tree.find(spanId) : undefined;
    if (linked?.kind === 'producer') return linked;
  }
  if (parent === undefined) return undefined;
  const topic = consumer.attributes.get(DESTINATION);
  return tree
    .childrenOf(parent)
    .findLast(
      (span) =>
        span.kind === 'producer' && span.startUs <= consumer.startUs && span.attributes.get(DESTINATION) === topic,
    );
}

/**
 * A producer's span may end after the consumer's start, as the broker's acknowledgement and the record go different ways: then
 * the record did not wait. Where there is no producer, the consumer's own measure serves.
 */
function waitFrom(producer: Span | undefined, consumer: Span): number {
  if (producer !== undefined) return Math.min(producer.endUs, consumer.startUs);
  const waited = Number(consumer.attributes.get(QUEUE_WAIT) ?? 0);
  return waited > 0 ? consumer.startUs - waited * 1000 : consumer.startUs;
}
