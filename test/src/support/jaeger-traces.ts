import { setImmediate } from 'node:timers/promises';
import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { untilStored } from './otlp-spans.js';
import { Trace, type TraceSpan } from './traces.js';

/** Jaeger keeps whole microseconds, of starts and of durations: the end of a span may be off by the rounding of both. */
const ACCURACY_US = 2;

interface Tag {
  readonly key: string;
  readonly value: string | number | boolean;
}

/** What of the JSON of Jaeger's query API the tests look at. */
interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
  /** Microseconds since 1970. */
  readonly startTime: number;
  readonly duration: number;
  readonly tags: readonly Tag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly Tag[] }[];
}

/** A trace as Jaeger shows it, once it has so many spans of it. */
export async function traceInJaeger(queryUrl: string, traceId: string, spans: number): Promise<Trace> {
  await untilStored(queryUrl, traceId, spans);
  const response = await fetch(`${queryUrl}/api/traces/${traceId}`);
  const { data } = (await response.json()) as { data: { spans: JaegerSpan[] }[] };
  return new Trace(data[0]?.spans.map(spanOf) ?? [], ACCURACY_US);
}

/** The one trace that a service has a part of, once Jaeger has so many spans of it; and all services in it. */
export async function tracesOfService(queryUrl: string, service: string, spans: number) {
  for (;;) {
    const response = await fetch(`${queryUrl}/api/traces?service=${encodeURIComponent(service)}`);
    const { data } = (await response.json()) as {
      data: { spans: JaegerSpan[]; processes: Record<string, { serviceName: string }> }[] | null;
    };
    const found = data?.find((trace) => trace.spans.length >= spans);
    if (found !== undefined) {
      const services = new Set(Object.values(found.processes).map(({ serviceName }) => serviceName));
      return { spans: found.spans.map(spanOf), services: [...services].sort() };
    }
    await setImmediate();
  }
}

function spanOf(span: JaegerSpan): TraceSpan {
  const { 'span.kind': kind, 'otel.status_code': code, 'otel.status_description': text, ...rest } = valuesOf(span.tags);
  const [parent, ...links] = span.references.some(({ refType }) => refType === 'CHILD_OF')
    ? span.references
    : [undefined, ...span.references];
  const contextOf = ({ traceID, spanID }: { traceID: string; spanID: string }) => ({
    traceId: traceID,
    spanId: spanID,
    traceFlags: 1,
  });
  return {
    name: span.operationName,
    kind: SpanKind[String(kind).toUpperCase() as keyof typeof SpanKind],
    spanContext: () => contextOf(span),
    ...(parent && { parentSpanContext: contextOf(parent) }),
    startTime: timeOf(span.startTime),
    endTime: timeOf(span.startTime + span.duration),
    status: {
      code: code === undefined ? SpanStatusCode.UNSET : SpanStatusCode[code as keyof typeof SpanStatusCode],
      ...(text !== undefined && { message: String(text) }),
    },
    attributes: rest,
    links: links.flatMap((link) => (link === undefined ? [] : [{ context: contextOf(link) }])),
    events: span.logs.map(({ timestamp, fields }) => {
      const { event, ...attributes } = valuesOf(fields);
      return { name: String(event), time: timeOf(timestamp), attributes };
    }),
  };
}

function valuesOf(tags: readonly Tag[]): Attributes {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

function timeOf(us: number): [seconds: number, nanos: number] {
  return [Math.floor(us / 1e6), (us % 1e6) * 1000];
}
