import { timeText } from '../terminal/text.js';
import type { Span, SpanTree } from './trace.js';

/** The way of a record over one topic: from the program that sent it to the one that read it. */
export interface Hop {
  /** Undefined if the sender is not traced. */
  readonly producer: Span | undefined;
  readonly consumer: Span;
  /** When the record arrived in the topic. It stayed there until the consumer's start. */
  readonly waitFromUs: number;
}

/** Attributes of the conventions for messaging and Kafka (https://opentelemetry.io/docs/specs/semconv/messaging/kafka/), and Wherry's own. */
const attribute = {
  topic: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  offset: 'kafka.offset',
  /** How long the record was in its topic, in whole milliseconds. The consumer measures it by the record's timestamp. */
  queueWait: 'wherry.queue.wait_ms',
} as const;

/** Finds the hop of each consumer span. */
export function hopsOf(tree: SpanTree): ReadonlyMap<Span, Hop> {
  const hops = new Map<Span, Hop>();
  for (const consumer of tree.trace.spans) {
    if (consumer.kind !== 'consumer') continue;
    const producer = producerOf(tree, consumer);
    hops.set(consumer, { producer, consumer, waitFromUs: waitFrom(producer, consumer) });
  }
  return hops;
}

/** How long the record was in the topic, in microseconds. */
export function waitOf(hop: Hop): number {
  return hop.consumer.startUs - hop.waitFromUs;
}

/** The same for a person; empty if the record did not wait. */
export function waitText(hop: Hop | undefined): string {
  return hop === undefined || waitOf(hop) <= 0 ? '' : timeText(waitOf(hop));
}

export function topicOf(span: Span): string | undefined {
  const topic = span.attributes.get(attribute.topic);
  return topic === undefined ? undefined : String(topic);
}

/** Whether two consumers read the same record of the same call. The second one did so because the first was lost. */
export function readTheSame(a: Span, b: Span): boolean {
  const same = (name: string) => a.attributes.get(name) === b.attributes.get(name);
  const known = a.attributes.has(attribute.offset);
  return (
    known && a.parentId === b.parentId && same(attribute.topic) && same(attribute.partition) && same(attribute.offset)
  );
}

/**
 * Finds the producer of a consumer's record: its parent or a link, as the conventions say; otherwise a producer of the same call that
 * sent to the consumer's partition.
 */
function producerOf(tree: SpanTree, consumer: Span): Span | undefined {
  const parent = tree.parentOf(consumer);
  if (parent?.kind === 'producer') return parent;
  for (const { traceId, spanId } of consumer.links) {
    const linked = traceId === tree.trace.id ? tree.find(spanId) : undefined;
    if (linked?.kind === 'producer') return linked;
  }
  if (parent === undefined || topicOf(consumer) === undefined) return undefined;
  const senders = tree.within(parent).filter((span) => sentTo(span, consumer));
  // A call with several attempts or replies has several senders. The wait that the consumer measured tells them apart.
  const waitedUs = measuredWait(consumer);
  if (waitedUs === undefined) return senders.at(-1);
  const off = (sender: Span) => Math.abs(consumer.startUs - sender.endUs - waitedUs);
  return senders.reduceRight<Span | undefined>(
    (best, sender) => (best === undefined || off(sender) < off(best) ? sender : best),
    undefined,
  );
}

function sentTo(span: Span, consumer: Span): boolean {
  if (span.kind !== 'producer' || span.startUs > consumer.startUs || topicOf(span) !== topicOf(consumer)) return false;
  const to = span.attributes.get(attribute.partition);
  const from = consumer.attributes.get(attribute.partition);
  return to === from || to === undefined || from === undefined;
}

/**
 * Returns when the record started to wait. A producer's span that includes the broker's acknowledgement may end after the
 * consumer's start; then the record did not wait. Without a producer, the consumer's own measurement counts.
 */
function waitFrom(producer: Span | undefined, consumer: Span): number {
  if (producer !== undefined) return Math.min(producer.endUs, consumer.startUs);
  return consumer.startUs - (measuredWait(consumer) ?? 0);
}

/** In microseconds. */
function measuredWait(consumer: Span): number | undefined {
  const waited = Number(consumer.attributes.get(attribute.queueWait) ?? Number.NaN);
  return waited >= 0 ? waited * 1000 : undefined;
}
