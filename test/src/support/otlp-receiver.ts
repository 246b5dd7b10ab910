import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Attributes, HrTime, SpanContext, SpanStatus } from '@opentelemetry/api';
import type { ExecutionContext } from 'ava';
import protobuf from 'protobufjs';
import { Trace, type TraceSpan } from './traces.js';

/** What of OTLP the tests look at: opentelemetry/proto/collector/trace/v1 and what it needs. */
const proto = `
syntax = "proto3";
message Export { repeated Resources resource = 1; }
message Resources { Resource resource = 1; repeated Scoped scoped = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scoped { repeated Item items = 2; }
message Item {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start = 7; fixed64 end = 8; repeated KeyValue attributes = 9;
  repeated Event events = 11; repeated Link links = 13; Status status = 15;
}
message Event { fixed64 time = 1; string name = 2; repeated KeyValue attributes = 3; }
message Link { bytes trace_id = 1; bytes span_id = 2; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; Value value = 2; }
message Value { oneof value { string text = 1; bool bool = 2; int64 int = 3; double double = 4; } }
`;
const Export = protobuf.parse(proto, { keepCase: false }).root.lookupType('Export');

/** A span as it came by OTLP. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string;
  readonly name: string;
  /** OTLP counts from 1: 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly attributes: Attributes;
  readonly start: HrTime;
  readonly end: HrTime;
  readonly status: SpanStatus;
  readonly events: readonly { readonly name: string; readonly time: HrTime; readonly attributes: Attributes }[];
  readonly links: readonly { readonly context: SpanContext }[];
}

/** Takes OTLP over HTTP, in this process. */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Posts to /v1/metrics so far. */
  readonly metricPosts: number;
  /** What came of a trace. */
  trace(id: string): Trace;
  /** Waits for spans to come until this is so. */
  until(condition: (spans: readonly ReceivedSpan[]) => boolean): Promise<void>;
}

export async function otlpReceiver(t: ExecutionContext): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  let metricPosts = 0;
  let waiting: { condition: (spans: readonly ReceivedSpan[]) => boolean; resolve: () => void }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    if (request.url === '/v1/traces') spans.push(...spansOf(body));
    else metricPosts++;
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    for (const { condition, resolve } of waiting) if (condition(spans)) resolve();
    waiting = waiting.filter(({ condition }) => !condition(spans));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    get metricPosts() {
      return metricPosts;
    },
    trace: (id) => new Trace(spans.filter(({ traceId }) => traceId === id).map(traceSpan)),
    until: async (condition) => {
      if (condition(spans)) return;
      await new Promise<void>((resolve) => waiting.push({ condition, resolve }));
    },
  };
}

interface KeyValue {
  key: string;
  value: { text?: string; bool?: boolean; int?: string; double?: number };
}

interface Exported {
  resource?: {
    resource?: { attributes?: KeyValue[] };
    scoped?: {
      items?: {
        traceId: Buffer;
        spanId: Buffer;
        parentSpanId?: Buffer;
        name: string;
        kind: number;
        start: string;
        end: string;
        attributes?: KeyValue[];
        events?: { name: string; time: string; attributes?: KeyValue[] }[];
        links?: { traceId: Buffer; spanId: Buffer }[];
        status?: { message?: string; code?: number };
      }[];
    }[];
  }[];
}

function spansOf(body: Buffer): ReceivedSpan[] {
  const { resource = [] } = Export.toObject(Export.decode(body), { longs: String }) as Exported;
  return resource.flatMap((from) => {
    const service = String(valuesOf(from.resource?.attributes)['service.name']);
    return (from.scoped ?? []).flatMap(({ items = [] }) =>
      items.map((span) => ({
        service,
        traceId: span.traceId.toString('hex'),
        spanId: span.spanId.toString('hex'),
        parent: span.parentSpanId?.toString('hex') ?? '',
        name: span.name,
        kind: span.kind,
        attributes: valuesOf(span.attributes),
        start: timeOf(span.start),
        end: timeOf(span.end),
        status: { code: span.status?.code ?? 0, ...(span.status?.message && { message: span.status.message }) },
        events: (span.events ?? []).map(({ name, time, attributes }) => ({
          name,
          time: timeOf(time),
          attributes: valuesOf(attributes),
        })),
        links: (span.links ?? []).map((link) => ({ context: contextOf(link.traceId, link.spanId) })),
      })),
    );
  });
}

/** As the API has it, which counts kinds from 0. */
function traceSpan({ traceId, spanId, parent, kind, start, end, links, events, ...rest }: ReceivedSpan): TraceSpan {
  return {
    ...rest,
    kind: kind - 1,
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
    ...(parent !== '' && { parentSpanContext: { traceId, spanId: parent, traceFlags: 1 } }),
    startTime: start,
    endTime: end,
    links: [...links],
    events: [...events],
  };
}

function contextOf(traceId: Buffer, spanId: Buffer): SpanContext {
  return { traceId: traceId.toString('hex'), spanId: spanId.toString('hex'), traceFlags: 1 };
}

/** Of nanoseconds since 1970, which no number holds. */
function timeOf(nanos: string): HrTime {
  return [Number(BigInt(nanos) / 1_000_000_000n), Number(BigInt(nanos) % 1_000_000_000n)];
}

function valuesOf(pairs: KeyValue[] = []): Attributes {
  return Object.fromEntries(
    pairs.map(({ key, value: { text, bool, int, double } }) => [
      key,
      text ?? bool ?? (int === undefined ? double : Number(int)),
    ]),
  );
}
