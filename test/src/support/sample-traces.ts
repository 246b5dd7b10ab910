import type { TestSpan } from './otlp-spans.js';

// Traces as @wherry/otel's spans make them (the hops are children of the call), and one in which each span is the child of the one
// that caused it, as other libraries for Kafka have it.

/** When the sample traces began: a fixed time, as they are fixtures too. */
export const sampleStart = Date.UTC(2026, 0, 15, 12, 0, 0);

export interface SampleTrace {
  readonly traceId: string;
  readonly spans: readonly TestSpan[];
}

const method = 'routeguide.RouteGuide/GetFeature';
const requests = 'wherry.requests.routeguide.RouteGuide';
const inbox = 'wherry.inbox.0lk3v9q2.5f1d9c02a7e84b36';

type Place = Pick<TestSpan, 'service' | 'kind' | 'spanId' | 'startMs' | 'endMs'> & { readonly parent?: string };
type More = Pick<TestSpan, 'attributes' | 'links' | 'error'>;

function span(name: string, { parent, ...place }: Place, more: More = {}): TestSpan {
  return { name, ...place, ...(parent === undefined ? {} : { parentSpanId: parent }), ...more };
}

/** A call's client or server span. */
function rpc(place: Place, status: string, error?: string): TestSpan {
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method, 'rpc.response.status_code': status };
  if (error === undefined) return span(method, place, { attributes });
  return span(method, place, { attributes: { ...attributes, 'error.type': status }, error });
}

/** The span of a record that is sent or read. */
function record(topic: string, place: Place, offset?: number, waitMs?: number, more: More = {}): TestSpan {
  const attributes: Record<string, string | number> = {
    'messaging.system.name': 'kafka',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': '3',
    ...more.attributes,
  };
  if (offset !== undefined) attributes['kafka.offset'] = offset;
  if (waitMs !== undefined) attributes['wherry.queue.wait_ms'] = waitMs;
  const operation = place.kind === 'producer' ? 'send' : 'receive';
  return span(`${operation} ${topic === inbox ? 'wherry.inbox' : topic}`, place, { ...more, attributes });
}

/** A unary call of 83.2 ms that waited 31.5 ms in the topic. */
const unary: SampleTrace = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spans: [
    rpc({ service: 'caller', kind: 'client', spanId: 'a100000000000001', startMs: 0, endMs: 83.2 }, 'OK'),
    record(requests, {
      service: 'caller',
      kind: 'producer',
      spanId: 'a100000000000002',
      parent: 'a100000000000001',
      startMs: 0.4,
      endMs: 1.5,
    }),
    record(
      requests,
      {
        service: 'worker',
        kind: 'consumer',
        spanId: 'a100000000000003',
        parent: 'a100000000000001',
        startMs: 33,
        endMs: 33.4,
      },
      41,
      32,
      { attributes: { 'messaging.consumer.group.name': requests } },
    ),
    {
      ...rpc(
        {
          service: 'worker',
          kind: 'server',
          spanId: 'a100000000000004',
          parent: 'a100000000000001',
          startMs: 33.4,
          endMs: 70,
        },
        'OK',
      ),
      links: [{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: 'a100000000000003' }],
    },
    record(inbox, {
      service: 'worker',
      kind: 'producer',
      spanId: 'a100000000000005',
      parent: 'a100000000000004',
      startMs: 69.4,
      endMs: 70,
    }),
    record(
      inbox,
      {
        service: 'caller',
        kind: 'consumer',
        spanId: 'a100000000000006',
        parent: 'a100000000000001',
        startMs: 81,
        endMs: 82.9,
      },
      7,
      11,
    ),
  ],
};

/** A call through a gateway that failed in its handler, which had called another service. */
const nested: SampleTrace = {
  traceId: '7d3f0c2a9b5e41e88a6d1f4c2b907e15',
  spans: chain([
    ['web', 'client', 'shop.Orders/Place', 0, 0, 40, 'no stock'],
    ['gateway', 'server', 'shop.Orders/Place', 1, 1, 39],
    ['gateway', 'client', 'shop.Orders/Place', 2, 2, 38, 'no stock'],
    ['gateway', 'producer', 'send wherry.requests.shop.Orders', 3, 2.5, 3],
    ['orders', 'consumer', 'process wherry.requests.shop.Orders', 4, 5, 35],
    ['orders', 'server', 'shop.Orders/Place', 5, 5, 34, 'no stock'],
    ['orders', 'client', 'shop.Stock/Take', 6, 8, 30],
    ['orders', 'producer', 'send wherry.requests.shop.Stock', 7, 8.2, 9],
    ['stock', 'consumer', 'process wherry.requests.shop.Stock', 8, 20, 26],
    ['stock', 'server', 'shop.Stock/Take', 9, 20.5, 25.5],
    ['stock', 'producer', 'send wherry.inbox.orders', 10, 25.5, 26],
    ['orders', 'consumer', 'receive wherry.inbox.orders', 11, 29, 29.5],
    ['orders', 'producer', 'send wherry.inbox.gateway', 6, 34, 35],
    ['gateway', 'consumer', 'receive wherry.inbox.gateway', 13, 37, 37.5],
  ]),
};

type Row = [
  service: string,
  kind: TestSpan['kind'],
  name: string,
  parent: number,
  startMs: number,
  endMs: number,
  error?: string,
];

/** Spans numbered from 1; the parent is a number too, 0 for none. */
function chain(rows: readonly Row[]): TestSpan[] {
  const id = (n: number) => `b1${String(n).padStart(14, '0')}`;
  return rows.map(([service, kind, name, parent, startMs, endMs, error], i) => {
    const place = { service, kind, spanId: id(i + 1), startMs, endMs };
    const failed = error === undefined ? {} : { error, attributes: { 'error.type': 'FAILED_PRECONDITION' } };
    return span(name, parent === 0 ? place : { ...place, parent: id(parent) }, failed);
  });
}

/** A call whose first worker was killed, so that only what it had exported is there. */
const redelivered: SampleTrace = {
  traceId: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  spans: [
    rpc({ service: 'caller', kind: 'client', spanId: 'c100000000000001', startMs: 0, endMs: 6100 }, 'OK'),
    record(requests, {
      service: 'caller',
      kind: 'producer',
      spanId: 'c100000000000002',
      parent: 'c100000000000001',
      startMs: 1,
      endMs: 2,
    }),
    record(
      requests,
      {
        service: 'worker-1',
        kind: 'consumer',
        spanId: 'c100000000000003',
        parent: 'c100000000000001',
        startMs: 4,
        endMs: 5,
      },
      50,
      2,
    ),
    record(
      requests,
      {
        service: 'worker-2',
        kind: 'consumer',
        spanId: 'c100000000000004',
        parent: 'c100000000000001',
        startMs: 6000,
        endMs: 6001,
      },
      50,
      5998,
      { attributes: { 'wherry.may_be_redelivered': 1 } },
    ),
    rpc(
      {
        service: 'worker-2',
        kind: 'server',
        spanId: 'c100000000000005',
        parent: 'c100000000000001',
        startMs: 6001,
        endMs: 6050,
      },
      'OK',
    ),
    record(inbox, {
      service: 'worker-2',
      kind: 'producer',
      spanId: 'c100000000000006',
      parent: 'c100000000000005',
      startMs: 6049,
      endMs: 6051,
    }),
    record(
      inbox,
      {
        service: 'caller',
        kind: 'consumer',
        spanId: 'c100000000000007',
        parent: 'c100000000000001',
        startMs: 6095,
        endMs: 6099,
      },
      9,
      44,
    ),
  ],
};

/** A call whose deadline passed before a worker read it; it was tried once before, and its record carried three calls. */
const expired: SampleTrace = {
  traceId: 'deadbeefdeadbeefdeadbeefdeadbeef',
  spans: [
    rpc(
      { service: 'caller', kind: 'client', spanId: 'd100000000000001', startMs: 0, endMs: 50 },
      'DEADLINE_EXCEEDED',
      'the deadline has passed',
    ),
    record(
      requests,
      {
        service: 'caller',
        kind: 'producer',
        spanId: 'd100000000000002',
        parent: 'd100000000000001',
        startMs: 1,
        endMs: 2,
      },
      undefined,
      undefined,
      {
        attributes: { 'messaging.batch.message_count': 3, 'wherry.previous_attempts': 1 },
        links: [{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: 'a100000000000002' }],
      },
    ),
    record(
      requests,
      {
        service: 'worker',
        kind: 'consumer',
        spanId: 'd100000000000003',
        parent: 'd100000000000001',
        startMs: 55,
        endMs: 55.2,
      },
      51,
      53,
      {
        attributes: { 'error.type': 'DEADLINE_EXCEEDED', 'wherry.skipped': 'expired' },
        error: 'expired before its handler began',
      },
    ),
  ],
};

export const sampleTraces = { unary, nested, redelivered, expired } as const;
export type SampleName = keyof typeof sampleTraces;
