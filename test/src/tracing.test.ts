import { execFile } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Metadata, status } from '@grpc/grpc-js';
import { context, propagation, type SpanContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AlwaysOnSampler, type ReadableSpan, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-node';
import type { RecordObserver } from '@wherry/endpoint';
import { openTelemetry } from '@wherry/otel';
import test, { type ExecutionContext } from 'ava';
import type { EchoClient } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { echo, echoWith, message, readAll, unary } from './support/echo.js';
import { clientOf, Harness, signal, workerReady } from './support/harness.js';
import { recordHeaders } from './support/record-headers.js';
import { inboxes, openChannel, requests, service, soon, tracedCalls } from './support/traced-calls.js';
import { assertWhole, checkLostAttempt, Traces, usePropagation } from './support/traces.js';

const brokers = useBroker(test);
usePropagation();

/** A caller and a worker of the echo service, both traced. Nothing was called yet. */
async function open(t: ExecutionContext, handlers = echo, options: { maxMessageEvents?: number } = {}) {
  const h = new Harness(t, brokers());
  const traces = new Traces(options);
  const client = await openChannel(h, traces, handlers);
  return { h, traces, client };
}

for (const { title, make } of tracedCalls) {
  test(title, async (t) => {
    const { trace, check } = await make(t, brokers(), new Traces());
    check(t, trace);
  });
}

test('what is the fault of the caller fails its span alone', async (t) => {
  const { traces, client } = await open(
    t,
    echoWith({ unary: (_call, callback) => callback({ code: status.NOT_FOUND, details: 'no' }) }),
  );
  await t.throwsAsync(unary(client, {}, soon));
  const trace = await traces.trace(6);
  const server = trace.span(SpanKind.SERVER, trace.root.name);
  t.is(trace.root.status.code, SpanStatusCode.ERROR);
  t.is(server.status.code, SpanStatusCode.UNSET);
  t.is(server.attributes['rpc.response.status_code'], 'NOT_FOUND');
});

test('a method that is not served has an error at each side', async (t) => {
  const { traces, client } = await open(t);
  await workerReady(client);
  const trace = await traces.trace(6);
  assertWhole(t, trace);
  for (const span of [trace.root, trace.span(SpanKind.SERVER, trace.root.name)]) {
    t.is(span.attributes['error.type'], 'UNIMPLEMENTED');
  }
});

test('a call that nobody serves is one span, with its error', async (t) => {
  const h = new Harness(t, brokers());
  const traces = new Traces();
  const client = await h.client({ instrumentation: traces.instrumentation });
  await t.throwsAsync(unary(client, {}, soon));
  const { root, spans } = await traces.trace(1);
  t.is(spans.length, 1);
  t.is(root.attributes['error.type'], 'UNAVAILABLE');
});

test('the handler runs in its span, with the baggage of the caller, and what it calls is below it', async (t) => {
  const h = new Harness(t, brokers());
  const traces = new Traces();
  const { instrumentation } = traces;
  const seen: unknown[] = [];
  let onward: EchoClient | undefined;
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        seen.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value);
        if (call.request.text === 'last' || onward === undefined) callback(null, call.request);
        else onward.unary(message({ text: 'last' }), new Metadata(), soon, callback);
      },
    }),
    { instrumentation },
  );
  const client = await h.client({ instrumentation });
  onward = client;
  await workerReady(client);
  traces.ended.length = 0;
  const baggage = propagation.createBaggage({ tenant: { value: 'ada' } });
  const inside = trace.setSpan(
    propagation.setBaggage(context.active(), baggage),
    traces.provider.getTracer('test').startSpan('the program'),
  );
  await context.with(inside, () => unary(client, {}, soon));
  trace.getSpan(inside)?.end();
  const whole = await traces.trace(13);
  t.deepEqual(seen, ['ada', 'ada']);
  const outer = whole.span(SpanKind.CLIENT, /Unary/, whole.root);
  const server = whole.span(SpanKind.SERVER, /Unary/, outer);
  whole.span(SpanKind.CLIENT, /Unary/, server);
});

test('the listener of a call runs in the context that the call was made in', async (t) => {
  const { traces, client } = await open(t);
  const span = traces.provider.getTracer('test').startSpan('the program');
  const seen = await new Promise((resolve) => {
    context.with(trace.setSpan(context.active(), span), () => {
      client.unary(message({}), new Metadata(), soon, () => resolve(trace.getActiveSpan()));
    });
  });
  t.is(seen, span);
});

test('calls that share a record are linked', async (t) => {
  const { h, traces, client } = await open(t);
  await Promise.all([1, 2, 3].map((number) => unary(client, { number }, soon)));
  await traces.until(() => traces.ended.filter(({ name }) => name === `${service}/Unary`).length === 6);
  for (const name of [`send ${requests(h)}`, `receive ${requests(h)}`]) {
    const spans = traces.ended.filter((span) => span.name === name);
    t.is(spans.length, 3);
    t.deepEqual(new Set(spans.map((span) => span.attributes['messaging.batch.message_count'])), new Set([3]));
    const traceIds = (of: ReadableSpan): string[] => of.links.map((link) => link.context.traceId);
    const [first] = spans.filter((span) => span.links.length === 2);
    t.truthy(first, name);
    const others = spans.filter((span) => span !== first);
    t.deepEqual(new Set(first && traceIds(first)), new Set(others.map((span) => span.spanContext().traceId)));
    for (const other of others) t.deepEqual(traceIds(other), [first?.spanContext().traceId]);
  }
});

test('messages beyond the bound are counted, not kept', async (t) => {
  const { traces, client } = await open(t, echo, { maxMessageEvents: 5 });
  await readAll(client.expand(message({ number: 20 }), soon));
  const { root } = await traces.trace(6);
  t.is(root.events.length, 5);
  t.is(root.attributes['wherry.messages.received'], 20);
});

test('a call that is not sampled leaves no span, and its worker leaves none either', async (t) => {
  const h = new Harness(t, brokers());
  const traces = new Traces({ sampler: new TraceIdRatioBasedSampler(0) });
  // Its own sampler is not asked.
  const worker = new Traces({ sampler: new AlwaysOnSampler() });
  const seen: { traceparent: string; span: SpanContext | undefined; user: string | undefined }[] = [];
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        seen.push({
          traceparent: String(call.metadata.get('traceparent')[0]),
          span: trace.getActiveSpan()?.spanContext(),
          user: propagation.getActiveBaggage()?.getEntry('user')?.value,
        });
        callback(null, call.request);
      },
    }),
    { instrumentation: worker.instrumentation },
  );
  const client = await h.client({ instrumentation: traces.instrumentation });
  const baggage = propagation.createBaggage({ user: { value: 'ada' } });
  await context.with(propagation.setBaggage(context.active(), baggage), () =>
    unary(client, {}, { ...soon, waitForReady: true }),
  );
  t.deepEqual(traces.ended, []);
  t.is(seen.length, 1);
  const [{ traceparent, span, user }] = seen as [(typeof seen)[0]];
  // What the handler calls and logs is of that trace all the same.
  t.is(traceparent, `00-${span?.traceId}-${span?.spanId}-00`);
  t.is(user, 'ada');
  t.deepEqual(worker.ended, []);
  // As version 2 of the specification says that the id of the trace is random.
  const random = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02';
  const metadata = new Metadata();
  metadata.set('traceparent', random);
  await unary(await h.client(), {}, metadata, { ...soon, waitForReady: true });
  t.is(seen[1]?.span?.spanId, 'b7ad6b7169203331');
  t.deepEqual(worker.ended, []);
});

test('a worker whose callers are not traced begins the trace', async (t) => {
  const h = new Harness(t, brokers());
  const traces = new Traces();
  await h.worker(echo, { instrumentation: traces.instrumentation });
  const client = await h.client();
  await workerReady(client);
  traces.ended.length = 0;
  await unary(client, {}, soon);
  const trace = await traces.trace(3);
  t.is(trace.root.kind, SpanKind.CONSUMER);
  trace.span(SpanKind.PRODUCER, `send ${inboxes(h)}`, trace.span(SpanKind.SERVER, /Unary/, trace.root));
});

test('a call whose worker stopped shows both attempts in one trace', async (t) => {
  const h = new Harness(t, brokers());
  const traces = new Traces();
  const { instrumentation } = traces;
  const begun = signal();
  const first = await h.worker(echoWith({ unary: () => begun.resolve() }), { instrumentation });
  const client = await h.client({ instrumentation });
  await workerReady(client);
  traces.ended.length = 0;
  const reply = unary(client, { text: 'again' }, soon);
  await begun.promise;
  await first.close();
  await h.worker(echo, { instrumentation });
  t.is((await reply).text, 'again');
  const trace = await traces.trace(8);
  t.is(trace.root.attributes['rpc.response.status_code'], 'OK');
  const receives = trace.all(SpanKind.CONSUMER, `receive ${requests(h)}`, trace.root);
  t.is(receives.length, 2, trace.toString());
  t.is(
    receives.find((span) => span.attributes['wherry.may_be_redelivered'])?.attributes['kafka.offset'],
    receives[0]?.attributes['kafka.offset'],
  );
  const servers = trace.all(SpanKind.SERVER, trace.root.name, trace.root);
  t.deepEqual(
    new Set(servers.map((span) => span.attributes['rpc.response.status_code'])),
    new Set(['UNAVAILABLE', 'OK']),
  );
  checkLostAttempt(t, trace, receives, trace.span(SpanKind.CONSUMER, `receive ${inboxes(h)}`));
});

test('only a traced call that is not answered at once has word of its beginning', async (t) => {
  const h = new Harness(t, brokers());
  const traces = new Traces();
  const { instrumentation } = traces;
  const later: (() => void)[] = [];
  const running = signal();
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        if (call.request.text === 'at once') callback(null, call.request);
        else {
          later.push(() => callback(null, call.request));
          running.resolve();
        }
      },
    }),
    { instrumentation },
  );
  const seen: string[] = [];
  const told = signal();
  const observer: RecordObserver = {
    received: (_record, _sender, frames, notices) => {
      for (const { kind } of notices) if (kind === 'begun') seen.push('begun');
      for (const { status } of frames) if (status !== undefined) seen.push('answered');
      if (seen.at(-1) === 'begun') told.resolve();
    },
  };
  const traced = await h.channel({ instrumentation, observer });
  await workerReady(clientOf(traced));
  seen.length = 0;
  await unary(clientOf(traced), { text: 'at once' }, soon);
  t.deepEqual(seen, ['answered']);
  const untraced = unary(await h.client({ observer }), { text: 'later' }, soon);
  await running.promise;
  // Word would be sent in the next turn.
  await setImmediate();
  await setImmediate();
  later.pop()?.();
  await untraced;
  t.deepEqual(seen, ['answered', 'answered']);
  const reply = unary(clientOf(traced), { text: 'later' }, soon);
  await told.promise;
  later.pop()?.();
  await reply;
  t.deepEqual(seen, ['answered', 'answered', 'begun', 'answered']);
  t.is(traced.counters.lateFrames, 0);
});

test('with @opentelemetry/instrumentation-grpc each call has one client span', async (t) => {
  const h = new Harness(t, brokers());
  const script = fileURLToPath(new URL('support/grpc-instrumented.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, h.brokers, h.namespace], { timeout: 90_000 });
  const spans = JSON.parse(stdout) as { name: string; kind: SpanKind; scope: string; id: string; parent?: string }[];
  const clients = (parent: string | undefined) =>
    spans.filter((span) => span.kind === SpanKind.CLIENT && span.parent === parent);
  // Two calls over the channel and two through the gateway: all begin with a span of that package.
  const roots = clients(undefined);
  t.is(roots.length, 4);
  for (const { scope } of roots) t.is(scope, '@opentelemetry/instrumentation-grpc');
  const below = (parent: { id: string }) => spans.filter((span) => span.parent === parent.id);
  for (const root of roots) {
    t.is(clients(root.id).length, 0, root.name);
    t.is(below(root).filter(({ kind }) => kind === SpanKind.SERVER).length, 1, root.name);
  }
  // The gateway's stub is followed by that package, its channel by ours, the worker by ours.
  t.is(spans.filter(({ kind }) => kind === SpanKind.CLIENT).length, 6);
  t.is(spans.filter(({ kind }) => kind === SpanKind.SERVER).length, 6);
});

test('by option a record of one call has its trace context in headers, and one of several has none', async (t) => {
  const { h, traces } = await open(t);
  const instrumentation = openTelemetry({ tracerProvider: traces.provider, recordHeaders: true });
  const client = await h.client({ instrumentation });
  await unary(client, {}, soon);
  const { root } = await traces.trace(6);
  await Promise.all([1, 2].map((number) => unary(client, { number }, soon)));
  // The records of this test: that which looked for the worker, that of one call, that of two.
  const headers = await recordHeaders(h.brokers, requests(h), 3);
  const { traceId, spanId } = root.spanContext();
  t.deepEqual(
    headers.filter((of) => of.length > 0),
    [[{ traceparent: `00-${traceId}-${spanId}-01` }]],
  );
});

test('without an SDK nothing is added to a call', async (t) => {
  const h = new Harness(t, brokers());
  const instrumentation = openTelemetry();
  const keys: string[][] = [];
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        keys.push(Object.keys(call.metadata.getMap()));
        callback(null, call.request);
      },
    }),
    { instrumentation },
  );
  const channel = await h.channel({ instrumentation });
  await workerReady(clientOf(channel));
  await unary(clientOf(channel), {}, soon);
  t.deepEqual(keys, [[]]);
});
