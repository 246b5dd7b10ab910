import { fileURLToPath } from 'node:url';
import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { RecordObserver } from '@wherry/endpoint';
import { buildJaeger, type Jaeger, startJaeger } from '@wherry/tools/jaeger';
import test, { type ExecutionContext } from 'ava';
import { useBroker } from './support/brokers.js';
import { unary } from './support/echo.js';
import { startProcess } from './support/endpoint-process.js';
import { grpcServer } from './support/grpc-server.js';
import { clientOf, Harness, signal } from './support/harness.js';
import { useProgram } from './support/other-languages.js';
import { jaegerSink, receiverSink, type TraceSink } from './support/trace-sinks.js';
import { checkDirect, checkInbound, inboxes, requests, service, soon } from './support/traced-calls.js';
import { checkLostAttempt, Traces, usePropagation } from './support/traces.js';
import { run, Wherry } from './support/wherry-command.js';

// Caller, gateway, worker and egress are each a process with an SDK of its own, as they are where Wherry runs; and one of them is killed.

const brokers = useBroker(test);
const jaegerOr = useProgram(test, 'Jaeger', () => buildJaeger());
usePropagation();

let started: Promise<Jaeger> | undefined;
test.after.always('stop Jaeger', async () => (await started)?.close());

/** The test, with the spans received in this process, and with a real Jaeger. */
function testBoth(title: string, run: (t: ExecutionContext, h: Harness, sink: TraceSink) => Promise<void>): void {
  test(`by OTLP: ${title}`, async (t) => run(t, new Harness(t, brokers()), await receiverSink(t)));
  test(`in Jaeger: ${title}`, async (t) => {
    if (jaegerOr(t) === undefined) return;
    started ??= startJaeger();
    await run(t, new Harness(t, brokers()), jaegerSink(await started));
  });
}

/** A command under this name in its traces. */
const named = (service: string) => ({ env: { OTEL_SERVICE_NAME: service } });

const kafka = (h: Harness): string[] => ['--brokers', h.brokers, '--namespace', h.namespace];

testBoth('a call from one process to another is one whole trace', async (t, h, sink) => {
  await startProcess(t, 'traced-worker', h.brokers, h.namespace, sink.url);
  const caller = `caller-${h.namespace}`;
  const proto = fileURLToPath(new URL('../proto/echo.proto', import.meta.url));
  const args = ['call', `${service}/Unary`, ...kafka(h), '--proto', proto, '-d', '{"text":"a"}', '--otlp', sink.url];
  t.is((await run(t, args, undefined, named(caller))).code, 0);
  const { trace, services } = await sink.trace(caller, 6);
  checkDirect(t, h, trace, 'Unary');
  t.deepEqual(services, [caller, 'echo-worker']);
});

testBoth('a call through the process of a gateway is one whole trace', async (t, h, sink) => {
  await startProcess(t, 'traced-worker', h.brokers, h.namespace, sink.url);
  const gateway = `gateway-${h.namespace}`;
  await unary(h.clientTo(await listen(t, h, sink, gateway)), { text: 'a' }, soon);
  const { trace, services } = await sink.trace(gateway, 7);
  checkInbound(t, h, trace, 'Unary');
  t.deepEqual(services, ['echo-worker', gateway]);
});

testBoth('a call through the processes of a gateway and an egress is one whole trace', async (t, h, sink) => {
  const { address } = await grpcServer(t);
  const [gateway, egress] = [`gateway-${h.namespace}`, `egress-${h.namespace}`];
  const args = [...kafka(h), '--target', address, '--service', service, '--otlp', sink.url];
  await new Wherry(t, ['egress', ...args], named(egress)).line('out', /^(egress carries)/);
  await unary(h.clientTo(await listen(t, h, sink, gateway)), { text: 'a' }, soon);
  const { trace, services } = await sink.trace(gateway, 8);
  const worker = checkInbound(t, h, trace, 'Unary');
  const outbound = trace.span(SpanKind.CLIENT, `${service}/Unary`, worker);
  t.is(outbound.attributes['server.address'], address);
  t.deepEqual(services, [egress, gateway]);
});

/** A gateway whose first call waits until there is somebody to answer it: it is the only one. Gives its address. */
function listen(t: ExecutionContext, h: Harness, sink: TraceSink, name: string): Promise<string> {
  const args = [...kafka(h), '--listen', '127.0.0.1:0', '--wait-for-ready', '--otlp', sink.url];
  return new Wherry(t, ['gateway', ...args], named(name)).line('out', /^gateway listens on (\S+)/);
}

testBoth('a call whose worker is killed has both attempts in its trace', async (t, h, sink) => {
  const caller = `caller-${h.namespace}`;
  const exporter = new OTLPTraceExporter({ url: `${sink.url}/v1/traces` });
  const traces = new Traces({ exporter, service: caller });
  t.teardown(() => traces.provider.shutdown());
  const killed = await startProcess(t, 'traced-worker', h.brokers, h.namespace, sink.url, 'hang');
  const told = signal();
  const observer: RecordObserver = {
    received: (_record, _sender, _frames, notices) => {
      if (notices.some(({ kind }) => kind === 'begun')) told.resolve();
    },
  };
  const client = clientOf(await h.channel({ instrumentation: traces.instrumentation, observer }));
  const reply = unary(client, { text: 'again' }, { ...soon, waitForReady: true });
  t.is(await killed.said(), 'hanging');
  await told.promise;
  await killed.kill();
  await startProcess(t, 'traced-worker', h.brokers, h.namespace, sink.url);
  t.is((await reply).text, 'again');
  await traces.provider.forceFlush();
  const { trace, services } = await sink.trace(caller, 7);
  t.deepEqual(services, [caller, 'echo-worker']);
  t.is(trace.root.attributes['rpc.response.status_code'], 'OK');
  trace.span(SpanKind.PRODUCER, `send ${requests(h)}`, trace.root);
  const receives = trace
    .all(SpanKind.CONSUMER, `receive ${requests(h)}`, trace.root)
    .sort((a, b) => a.startTime[0] - b.startTime[0]);
  const [first, second, ...more] = receives;
  t.deepEqual(more, []);
  checkLostAttempt(t, trace, receives, trace.span(SpanKind.CONSUMER, `receive ${inboxes(h)}`, trace.root));
  t.is(first?.attributes['kafka.offset'], second?.attributes['kafka.offset'], trace.toString());
  t.true(second?.attributes['wherry.may_be_redelivered']);
  // The span of the first handler died with it.
  const server = trace.span(SpanKind.SERVER, `${service}/Unary`, trace.root);
  t.is(server.links[0]?.context.spanId, second?.spanContext().spanId);
});
