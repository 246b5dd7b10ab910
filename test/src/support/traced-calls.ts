import { Metadata, status } from '@grpc/grpc-js';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ExecutionContext } from 'ava';
import type { EchoClient } from '../gen/echo.js';
import { echo, echoWith, message, readAll, unary } from './echo.js';
import { grpcServer } from './grpc-server.js';
import { clientOf, Harness, signal, workerReady } from './harness.js';
import { assertWhole, type Trace, type TraceSpan, type Traces } from './traces.js';

// Calls, and what their traces must have: as an SDK has them, and as they come out of where they were sent to.

export const service = 'wherry.test.v1.Echo';
export const requests = (h: Harness): string => `${h.namespace}.requests.${service}`;
export const inboxes = (h: Harness): string => `${h.namespace}.inbox`;
/** A deadline that no test reaches. It counts from each call, because a hook may build programs for minutes before the first test. */
export const soon = {
  get deadline(): number {
    return Date.now() + 300_000;
  },
};

type Check = (t: ExecutionContext, trace: Trace) => void;

export interface TracedCall {
  readonly title: string;
  /** Makes the call. `trace` is what `traces` has of it. */
  readonly make: (
    t: ExecutionContext,
    brokers: string,
    traces: Traces,
  ) => Promise<{ readonly trace: Trace; readonly check: Check }>;
}

/** A call of each kind. */
const kinds: Readonly<Record<string, (client: EchoClient) => Promise<unknown>>> = {
  Unary: (client) => unary(client, { text: 'a' }, soon),
  Collect: (client) =>
    new Promise((resolve, reject) => {
      const call = client.collect(soon, (error, reply) => (error ? reject(error) : resolve(reply)));
      for (const number of [1, 2, 3]) call.write(message({ number }));
      call.end();
    }),
  Expand: (client) => readAll(client.expand(message({ number: 3 }), soon)),
  Chat: (client) => {
    const call = client.chat(soon);
    for (const number of [1, 2, 3]) call.write(message({ number }));
    call.end();
    return readAll(call);
  },
};

export const tracedCalls: readonly TracedCall[] = [
  ...Object.entries(kinds).flatMap(([method, make]) => [
    overChannel(method, make),
    throughGateway(method, make),
    throughGatewayAndEgress(method, make),
  ]),
  { title: 'a call that fails has an error status at each side', make: failing },
  { title: 'a call that is cancelled while its handler runs says so at each side', make: cancelled },
  { title: 'a call whose deadline passes while its handler runs says so at each side', make: expired },
  { title: 'a call that expires before a worker is free has an error where it was received', make: neverBegun },
];

/** A channel and a worker of the echo service, both traced. Nothing is left of how they were opened. */
export async function openChannel(h: Harness, traces: Traces, handlers = echo): Promise<EchoClient> {
  const { instrumentation } = traces;
  await h.worker(handlers, { instrumentation });
  await workerReady(await h.client());
  traces.ended.length = 0;
  return clientOf(await h.channel({ instrumentation }));
}

function overChannel(method: string, makeCall: (client: EchoClient) => Promise<unknown>): TracedCall {
  return {
    title: `${method} over the channel is one whole trace`,
    make: async (t, brokers, traces) => {
      const h = new Harness(t, brokers);
      await makeCall(await openChannel(h, traces));
      return { trace: await traces.trace(6), check: (t, trace) => checkDirect(t, h, trace, method) };
    },
  };
}

function throughGateway(method: string, makeCall: (client: EchoClient) => Promise<unknown>): TracedCall {
  return {
    title: `${method} through the gateway is one whole trace`,
    make: async (t, brokers, traces) => {
      const h = new Harness(t, brokers);
      await openChannel(h, traces);
      const { address } = await h.gateway({ instrumentation: traces.instrumentation });
      await makeCall(h.clientTo(address));
      return { trace: await traces.trace(7), check: (t, trace) => void checkInbound(t, h, trace, method) };
    },
  };
}

function throughGatewayAndEgress(method: string, makeCall: (client: EchoClient) => Promise<unknown>): TracedCall {
  return {
    title: `${method} through gateway and egress is one whole trace`,
    make: async (t, brokers, traces) => {
      const h = new Harness(t, brokers);
      const { instrumentation } = traces;
      const target = await grpcServer(t);
      await h.egress(target.address, { instrumentation });
      const { address } = await h.gateway({ instrumentation });
      await unary(h.clientTo((await h.gateway({ waitForReady: true })).address), {}, soon);
      traces.ended.length = 0;
      await makeCall(h.clientTo(address));
      return {
        trace: await traces.trace(8),
        check: (t, trace) => {
          const worker = checkInbound(t, h, trace, method);
          const outbound = trace.span(SpanKind.CLIENT, `${service}/${method}`, worker);
          t.like(outbound.attributes, { 'server.address': target.address, 'rpc.response.status_code': 'OK' });
        },
      };
    },
  };
}

export function checkDirect(t: ExecutionContext, h: Harness, trace: Trace, method: string): void {
  assertWhole(t, trace);
  const { root } = trace;
  t.is(root.kind, SpanKind.CLIENT);
  t.is(root.name, `${service}/${method}`);
  t.like(root.attributes, {
    'rpc.system.name': 'grpc',
    'rpc.method': `${service}/${method}`,
    'rpc.response.status_code': 'OK',
    'server.address': requests(h),
  });
  t.is(root.status.code, SpanStatusCode.UNSET);
  const server = checkHops(t, h, trace, root);
  t.like(server.attributes, { 'rpc.system.name': 'grpc', 'rpc.method': root.name, 'rpc.response.status_code': 'OK' });
  const sent = method === 'Unary' ? 0 : method === 'Expand' ? 1 : 3;
  const received = method === 'Unary' ? 0 : method === 'Collect' ? 1 : 3;
  t.deepEqual(eventsOf(root), { SENT: sent, RECEIVED: received });
  t.deepEqual(eventsOf(server), { SENT: received, RECEIVED: sent });
}

/** A call that came to a gateway. Gives its worker's span. */
export function checkInbound(t: ExecutionContext, h: Harness, trace: Trace, method: string): TraceSpan {
  assertWhole(t, trace);
  t.is(trace.root.kind, SpanKind.SERVER);
  t.is(trace.root.attributes['rpc.response.status_code'], 'OK');
  return checkHops(t, h, trace, trace.span(SpanKind.CLIENT, `${service}/${method}`, trace.root));
}

/** The hops of a call from a channel to its worker and back, below the channel's client span. Gives the worker's span. */
function checkHops(t: ExecutionContext, h: Harness, trace: Trace, client: TraceSpan): TraceSpan {
  const send = trace.span(SpanKind.PRODUCER, `send ${requests(h)}`, client);
  t.like(send.attributes, {
    'messaging.system.name': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': requests(h),
  });
  t.regex(String(send.attributes['messaging.destination.partition.id']), /^\d+$/);
  const receive = trace.span(SpanKind.CONSUMER, `receive ${requests(h)}`, client);
  t.like(receive.attributes, {
    'messaging.system.name': 'kafka',
    'messaging.operation.name': 'receive',
    'messaging.operation.type': 'receive',
    'messaging.destination.name': requests(h),
    'messaging.destination.partition.id': send.attributes['messaging.destination.partition.id'],
    'messaging.consumer.group.name': requests(h),
  });
  t.is(typeof receive.attributes['kafka.offset'], 'number');
  t.true(Number(receive.attributes['wherry.queue.wait_ms']) >= 0);
  const server = trace.span(SpanKind.SERVER, client.name, client);
  t.is(server.links[0]?.context.spanId, receive.spanContext().spanId);
  const replies = trace.all(SpanKind.PRODUCER, `send ${inboxes(h)}`, server);
  const replyReads = trace.all(SpanKind.CONSUMER, `receive ${inboxes(h)}`, client);
  t.true(replies.length >= 1, trace.toString());
  t.is(replies.length, replyReads.length, trace.toString());
  // The call is alone in each record, however many messages it has there.
  for (const { attributes } of [send, receive, ...replies]) {
    t.is(attributes['messaging.batch.message_count'], undefined);
  }
  for (const { attributes } of [...replies, ...replyReads]) {
    t.like(attributes, {
      'messaging.system.name': 'kafka',
      'messaging.destination.template': inboxes(h),
      'messaging.destination.temporary': true,
    });
  }
  for (const { attributes } of replyReads) t.true(Number(attributes['wherry.queue.wait_ms']) >= 0);
  return server;
}

async function failing(t: ExecutionContext, brokers: string, traces: Traces) {
  const h = new Harness(t, brokers);
  const client = await openChannel(
    h,
    traces,
    echoWith({ unary: (_call, callback) => callback({ code: status.INTERNAL, details: 'no' }) }),
  );
  await t.throwsAsync(unary(client, {}, soon));
  const check: Check = (t, trace) => {
    assertWhole(t, trace);
    for (const span of [trace.root, checkHops(t, h, trace, trace.root)]) {
      t.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: 'no' });
      t.like(span.attributes, { 'rpc.response.status_code': 'INTERNAL', 'error.type': 'INTERNAL' });
    }
  };
  return { trace: await traces.trace(6), check };
}

// What ends with its caller is not over at its worker yet: such traces have one root, and times that need not nest.

async function cancelled(t: ExecutionContext, brokers: string, traces: Traces) {
  const begun = signal();
  const h = new Harness(t, brokers);
  const client = await openChannel(h, traces, echoWith({ unary: () => begun.resolve() }));
  const call = client.unary(message({}), new Metadata(), soon, () => undefined);
  await begun.promise;
  call.cancel();
  const check: Check = (t, trace) => {
    t.is(trace.root.status.code, SpanStatusCode.ERROR);
    t.is(trace.root.attributes['error.type'], 'CANCELLED');
    checkRequestRead(h, trace);
    const server = trace.span(SpanKind.SERVER, trace.root.name, trace.root);
    t.is(server.attributes['rpc.response.status_code'], 'CANCELLED');
  };
  return { trace: await traces.trace(4), check };
}

async function expired(t: ExecutionContext, brokers: string, traces: Traces) {
  const h = new Harness(t, brokers);
  const client = await openChannel(h, traces, echoWith({ unary: () => undefined }));
  await t.throwsAsync(unary(client, {}, { deadline: Date.now() + 5000 }));
  const check: Check = (t, trace) => {
    checkRequestRead(h, trace);
    for (const span of [trace.root, trace.span(SpanKind.SERVER, trace.root.name, trace.root)]) {
      t.is(span.attributes['error.type'], 'DEADLINE_EXCEEDED');
      t.is(span.status.code, SpanStatusCode.ERROR);
    }
  };
  return { trace: await traces.trace(4), check };
}

async function neverBegun(t: ExecutionContext, brokers: string, traces: Traces) {
  const h = new Harness(t, brokers);
  const { instrumentation } = traces;
  const held = signal<() => void>();
  await h.worker(echoWith({ unary: (_call, callback) => held.resolve(() => callback(null, message({}))) }), {
    instrumentation,
    concurrency: 1,
  });
  const client = await h.client({ instrumentation });
  await workerReady(client);
  const first = unary(client, {}, soon);
  const release = await held.promise;
  await t.throwsAsync(unary(client, {}, { deadline: Date.now() + 300 }));
  release();
  await first;
  const skipped = (span: TraceSpan): boolean => span.attributes['wherry.skipped'] === 'expired';
  await traces.until(() => traces.ended.some(skipped));
  const check: Check = (t, trace) => {
    t.is(trace.root.attributes['error.type'], 'DEADLINE_EXCEEDED');
    trace.span(SpanKind.PRODUCER, `send ${requests(h)}`, trace.root);
    const receive = trace.span(SpanKind.CONSUMER, `receive ${requests(h)}`, trace.root);
    t.is(receive.attributes['wherry.skipped'], 'expired');
    t.is(receive.status.code, SpanStatusCode.ERROR);
    t.is(receive.attributes['error.type'], 'DEADLINE_EXCEEDED');
    t.deepEqual(trace.all(SpanKind.SERVER, /./), []);
  };
  return { trace: traces.of(traces.ended.find(skipped)?.spanContext().traceId ?? ''), check };
}

/** The request's hop. A cancel is a frame of its own, with no span. */
function checkRequestRead(h: Harness, trace: Trace): void {
  trace.span(SpanKind.PRODUCER, `send ${requests(h)}`, trace.root);
  trace.span(SpanKind.CONSUMER, `receive ${requests(h)}`, trace.root);
}

function eventsOf(span: TraceSpan): Record<string, number> {
  const count = (type: string): number =>
    span.events.filter(({ attributes }) => attributes?.['rpc.message.type'] === type).length;
  return { SENT: count('SENT'), RECEIVED: count('RECEIVED') };
}
