import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import protobuf from 'protobufjs';

/** What of OTLP the tests look at: opentelemetry/proto/collector/trace/v1 and what it needs. */
const proto = `
syntax = "proto3";
message Export { repeated Resources resource = 1; }
message Resources { Resource resource = 1; repeated Scoped scoped = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scoped { repeated Item items = 2; }
message Item {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  repeated KeyValue attributes = 9;
}
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
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Takes OTLP over HTTP, in this process. */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Posts to /v1/metrics so far. */
  readonly metricPosts: number;
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
    until: async (condition) => {
      if (condition(spans)) return;
      await new Promise<void>((resolve) => waiting.push({ condition, resolve }));
    },
  };
}

interface KeyValue {
  key: string;
  value: { text?: string; bool?: boolean; int?: number; double?: number };
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
        attributes?: KeyValue[];
      }[];
    }[];
  }[];
}

function spansOf(body: Buffer): ReceivedSpan[] {
  const { resource = [] } = Export.toObject(Export.decode(body), { longs: Number }) as Exported;
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
      })),
    );
  });
}

function valuesOf(pairs: KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map(({ key, value: { text, bool, int, double } }) => [key, text ?? bool ?? int ?? double]),
  );
}
