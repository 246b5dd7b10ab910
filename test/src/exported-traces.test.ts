import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { buildJaeger, type Jaeger, startJaeger } from '@wherry/tools/jaeger';
import test from 'ava';
import { useBroker } from './support/brokers.js';
import { traceInJaeger } from './support/jaeger-traces.js';
import { useProgram } from './support/other-languages.js';
import { otlpReceiver } from './support/otlp-receiver.js';
import { tracedCalls } from './support/traced-calls.js';
import { Traces, usePropagation } from './support/traces.js';

// What is true of the spans in a process (tracing.test.ts) is true of what was sent by OTLP, and of what Jaeger then shows.

const brokers = useBroker(test);
const jaegerOr = useProgram(test, 'Jaeger', () => buildJaeger());
usePropagation();

let started: Promise<Jaeger> | undefined;
test.after.always('stop Jaeger', async () => (await started)?.close());

for (const { title, make } of tracedCalls) {
  test(`by OTLP: ${title}`, async (t) => {
    const receiver = await otlpReceiver(t);
    const exporter = new OTLPTraceExporter({ url: `${receiver.url}/v1/traces` });
    const traces = new Traces({ exporter });
    t.teardown(() => traces.provider.shutdown());
    const { trace, check } = await make(t, brokers(), traces);
    await traces.provider.forceFlush();
    const received = receiver.trace(trace.id);
    t.true(received.spans.length >= trace.spans.length, `${received}`);
    check(t, received);
  });

  test(`in Jaeger: ${title}`, async (t) => {
    if (jaegerOr(t) === undefined) return;
    started ??= startJaeger();
    const { otlpHttpUrl, queryUrl } = await started;
    const exporter = new OTLPTraceExporter({ url: `${otlpHttpUrl}/v1/traces` });
    const traces = new Traces({ exporter });
    t.teardown(() => traces.provider.shutdown());
    const { trace, check } = await make(t, brokers(), traces);
    await traces.provider.forceFlush();
    check(t, await traceInJaeger(queryUrl, trace.id, trace.spans.length));
  });
}
