import type { TestSpan } from './otlp-spans.js';

/** When the sample traces began: a fixed time, as they are fixtures too. */
export const sampleStart = Date.UTC(2026, 0, 15, 12, 0, 0);

const method = 'routeguide.RouteGuide/GetFeature';
const requests = 'wherry.requests.routeguide.RouteGuide';
const inbox = 'wherry.inbox.20260115T120000.k3v9';

const rpc = (code: string) => ({
  'rpc.system.name': 'grpc',
  'rpc.method': method,
  'rpc.response.status_code': code,
});
const record = (topic: string, offset: number, more: Readonly<Record<string, string | number>> = {}) => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': topic,
  'messaging.destination.partition.id': '3',
  'messaging.kafka.offset': offset,
  ...more,
});

export interface SampleTrace {
  readonly traceId: string;
  readonly spans: readonly TestSpan[];
}

/** A unary call of 83.2 ms that waited 31.5 ms in the topic. */
const unary: SampleTrace = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spans: [
    {
      service: 'caller',
      name: method,
      kind: 'client',
      spanId: 'a100000000000001',
      startMs: 0,
      endMs: 83.2,
      attributes: rpc('OK'),
    },
    {
      service: 'caller',
      name: `send ${requests}`,
      kind: 'producer',
      spanId: 'a100000000000002',
      parentSpanId: 'a100000000000001',
      startMs: 0.4,
      endMs: 1.5,
      attributes: record(requests, 41),
    },
    {
      service: 'worker',
      name: `process ${requests}`,
      kind: 'consumer',
      spanId: 'a100000000000003',
      parentSpanId: 'a100000000000002',
      startMs: 33,
      endMs: 70,
      attributes: record(requests, 41, { 'messaging.consumer.group.name': requests, 'wherry.queue.wait_ms': 32 }),
    },
    {
      service: 'worker',
      name: method,
      kind: 'server',
      spanId: 'a100000000000004',
      parentSpanId: 'a100000000000003',
      startMs: 33.4,
      endMs: 69.5,
      attributes: rpc('OK'),
    },
    {
      service: 'worker',
      name: `send ${inbox}`,
      kind: 'producer',
      spanId: 'a100000000000005',
      parentSpanId: 'a100000000000004',
      startMs: 69.4,
      endMs: 70.8,
      attributes: record(inbox, 7),
    },
    {
      service: 'caller',
      name: `receive ${inbox}`,
      kind: 'consumer',
      spanId: 'a100000000000006',
      parentSpanId: 'a100000000000005',
      startMs: 81,
      endMs: 82.9,
      attributes: record(inbox, 7),
    },
  ],
};

/** A call through a gateway that failed in its handler, which had called another service. */
const nested: SampleTrace = {
  traceId: '7d3f0c2a9b5e41e88a6d1f4c2b907e15',
  spans: [
    {
      service: 'web',
      name: 'shop.Orders/Place',
      kind: 'client',
      spanId: 'b100000000000001',
      startMs: 0,
      endMs: 40,
      error: 'no stock',
      attributes: { 'rpc.system': 'grpc', 'error.type': 'FAILED_PRECONDITION' },
    },
    {
      service: 'gateway',
      name: 'shop.Orders/Place',
      kind: 'server',
      spanId: 'b100000000000002',
      parentSpanId: 'b100000000000001',
      startMs: 1,
      endMs: 39,
      attributes: { 'rpc.system': 'grpc' },
    },
    {
      service: 'gateway',
      name: 'shop.Orders/Place',
      kind: 'client',
      spanId: 'b100000000000003',
      parentSpanId: 'b100000000000002',
      startMs: 2,
      endMs: 38,
      error: 'no stock',
      attributes: { 'error.type': 'FAILED_PRECONDITION' },
    },
    {
      service: 'gateway',
      name: 'send wherry.requests.shop.Orders',
      kind: 'producer',
      spanId: 'b100000000000004',
      parentSpanId: 'b100000000000003',
      startMs: 2.5,
      endMs: 3,
    },
    {
      service: 'orders',
      name: 'process wherry.requests.shop.Orders',
      kind: 'consumer',
      spanId: 'b100000000000005',
      parentSpanId: 'b100000000000004',
      startMs: 5,
      endMs: 35,
    },
    {
      service: 'orders',
      name: 'shop.Orders/Place',
      kind: 'server',
      spanId: 'b100000000000006',
      parentSpanId: 'b100000000000005',
      startMs: 5,
      endMs: 34,
      error: 'no stock',
      attributes: { 'error.type': 'FAILED_PRECONDITION' },
    },
    {
      service: 'orders',
      name: 'shop.Stock/Take',
      kind: 'client',
      spanId: 'b100000000000007',
      parentSpanId: 'b100000000000006',
      startMs: 8,
      endMs: 30,
    },
    {
      service: 'orders',
      name: 'send wherry.requests.shop.Stock',
      kind: 'producer',
      spanId: 'b100000000000008',
      parentSpanId: 'b100000000000007',
      startMs: 8.2,
      endMs: 9,
    },
    {
      service: 'stock',
      name: 'process wherry.requests.shop.Stock',
      kind: 'consumer',
      spanId: 'b100000000000009',
      parentSpanId: 'b100000000000008',
      startMs: 20,
      endMs: 26,
    },
    {
      service: 'stock',
      name: 'shop.Stock/Take',
      kind: 'server',
      spanId: 'b10000000000000a',
      parentSpanId: 'b100000000000009',
      startMs: 20.5,
      endMs: 25.5,
    },
    {
      service: 'stock',
      name: 'send wherry.inbox.orders',
      kind: 'producer',
      spanId: 'b10000000000000b',
      parentSpanId: 'b10000000000000a',
      startMs: 25.5,
      endMs: 26,
    },
    {
      service: 'orders',
      name: 'receive wherry.inbox.orders',
      kind: 'consumer',
      spanId: 'b10000000000000c',
      parentSpanId: 'b10000000000000b',
      startMs: 29,
      endMs: 29.5,
    },
    {
      service: 'orders',
      name: 'send wherry.inbox.gateway',
      kind: 'producer',
      spanId: 'b10000000000000d',
      parentSpanId: 'b100000000000006',
      startMs: 34,
      endMs: 35,
    },
    {
      service: 'gateway',
      name: 'receive wherry.inbox.gateway',
      kind: 'consumer',
      spanId: 'b10000000000000e',
      parentSpanId: 'b10000000000000d',
      startMs: 37,
      endMs: 37.5,
    },
  ],
};

/** A call whose first worker was killed; the second attempt links to the first. */
const redelivered: SampleTrace = {
  traceId: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  spans: [
    {
      service: 'caller',
      name: method,
      kind: 'client',
      spanId: 'c100000000000001',
      startMs: 0,
      endMs: 6100,
      attributes: rpc('OK'),
    },
    {
      service: 'caller',
      name: `send ${requests}`,
      kind: 'producer',
      spanId: 'c100000000000002',
      parentSpanId: 'c100000000000001',
      startMs: 1,
      endMs: 2,
      attributes: record(requests, 50),
    },
    {
      service: 'worker-1',
      name: `process ${requests}`,
      kind: 'consumer',
      spanId: 'c100000000000003',
      parentSpanId: 'c100000000000002',
      startMs: 4,
      endMs: 100,
      error: 'the worker was killed',
      attributes: record(requests, 50),
    },
    {
      service: 'worker-2',
      name: `process ${requests}`,
      kind: 'consumer',
      spanId: 'c100000000000004',
      parentSpanId: 'c100000000000002',
      startMs: 6000,
      endMs: 6050,
      attributes: record(requests, 50),
      links: [{ traceId: 'c0ffee00c0ffee00c0ffee00c0ffee00', spanId: 'c100000000000003' }],
    },
    {
      service: 'worker-2',
      name: method,
      kind: 'server',
      spanId: 'c100000000000005',
      parentSpanId: 'c100000000000004',
      startMs: 6001,
      endMs: 6049,
      attributes: rpc('OK'),
    },
    {
      service: 'worker-2',
      name: `send ${inbox}`,
      kind: 'producer',
      spanId: 'c100000000000006',
      parentSpanId: 'c100000000000005',
      startMs: 6049,
      endMs: 6051,
      attributes: record(inbox, 9),
    },
    {
      service: 'caller',
      name: `receive ${inbox}`,
      kind: 'consumer',
      spanId: 'c100000000000007',
      parentSpanId: 'c100000000000006',
      startMs: 6095,
      endMs: 6099,
      attributes: record(inbox, 9),
    },
  ],
};

/** A call whose deadline passed before a worker read it. */
const expired: SampleTrace = {
  traceId: 'deadbeefdeadbeefdeadbeefdeadbeef',
  spans: [
    {
      service: 'caller',
      name: method,
      kind: 'client',
      spanId: 'd100000000000001',
      startMs: 0,
      endMs: 50,
      error: 'the deadline has passed',
      attributes: { ...rpc('DEADLINE_EXCEEDED'), 'error.type': 'DEADLINE_EXCEEDED' },
    },
    {
      service: 'caller',
      name: `send ${requests}`,
      kind: 'producer',
      spanId: 'd100000000000002',
      parentSpanId: 'd100000000000001',
      startMs: 1,
      endMs: 2,
      attributes: record(requests, 51),
    },
  ],
};

export const sampleTraces = { unary, nested, redelivered, expired } as const;
export type SampleName = keyof typeof sampleTraces;
