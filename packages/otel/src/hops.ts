import { type Attributes, type Context, type Span, SpanKind, type Tracer } from '@opentelemetry/api';
import type { LogRecord } from '@wherry/kafka';
import { attribute } from './semconv.js';

/** How many links the first span of a record gets at most. An SDK keeps the same number. */
const MAX_LINKS = 128;

/** A record that is being sent. */
export interface SentRecord {
  readonly topic: string;
  readonly partition: number;
  /** How many calls the record opens, or carries reply frames for. */
  readonly calls: number;
}

/**
 * Starts the span of one call's part in a record that is sent. The span lasts from when that part was ready until the client library had
 * it.
 */
export function startSend(tracer: Tracer, record: SentRecord, startTime: number, parent: Context): Span {
  const { topic, partition, calls } = record;
  const attributes: Attributes = {
    ...messaging('send', topic, partition),
    [attribute.operationType]: 'send',
  };
  if (calls > 1) attributes[attribute.batchCount] = calls;
  return tracer.startSpan(`send ${templateOf(topic)}`, { kind: SpanKind.PRODUCER, startTime, attributes }, parent);
}

/** Starts the span of one call's part in a record that was read at `now`. */
export function startReceive(
  tracer: Tracer,
  { topic, partition, offset, timestamp }: LogRecord,
  now: number,
  parent: Context,
  more: Attributes,
): Span {
  const attributes: Attributes = {
    ...messaging('receive', topic, partition),
    [attribute.operationType]: 'receive',
    [attribute.offset]: offset,
    ...more,
  };
  const wait = waitOf(timestamp, now);
  if (wait !== undefined) attributes[attribute.queueWait] = wait;
  return tracer.startSpan(
    `receive ${templateOf(topic)}`,
    { kind: SpanKind.CONSUMER, startTime: now, attributes },
    parent,
  );
}

/** How long a record waited for its reader, in milliseconds. It is never negative, even if the clocks of writer and reader differ. */
export function waitOf(timestamp: number | undefined, now: number): number | undefined {
  return timestamp === undefined || timestamp < 0 ? undefined : Math.max(0, now - timestamp);
}

/** Links the spans of calls that share a record: the first span links to all the others, and each of the others links to the first. */
export class RecordLinks {
  #first: Span | undefined;
  #links = 0;

  add(span: Span): void {
    if (this.#first === undefined) {
      this.#first = span;
      return;
    }
    span.addLink({ context: this.#first.spanContext() });
    if (this.#links++ < MAX_LINKS) this.#first.addLink({ context: span.spanContext() });
  }
}

function messaging(operation: string, topic: string, partition: number): Attributes {
  const template = templateOf(topic);
  const attributes: Attributes = {
    [attribute.messagingSystem]: 'kafka',
    [attribute.operationName]: operation,
    [attribute.destination]: topic,
    [attribute.partition]: String(partition),
  };
  if (template !== topic) {
    attributes[attribute.destinationTemplate] = template;
    attributes[attribute.destinationTemporary] = true;
  }
  return attributes;
}

/** The name of a topic without the part that is unique to an instance, so that spans have few different names. */
export function templateOf(topic: string): string {
  return /^(.+\.inbox)\.[0-9a-z]{6,11}\.[0-9a-f]{16}$/.exec(topic)?.[1] ?? topic;
}
