/**
 * A program with @opentelemetry/instrumentation-grpc, which has to be there before grpc-js's stubs are made:
 * `grpc-instrumented BROKERS NAMESPACE`. Makes calls over a channel and through a gateway, and prints the spans.
 */
import { createRequire } from 'node:module';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';

const [brokers, namespace] = process.argv.slice(2);
if (brokers === undefined || namespace === undefined) throw new Error('usage: grpc-instrumented BROKERS NAMESPACE');

// Patches grpc-js at its first require; whoever imports it before that has it as it was.
const instrumentation = new GrpcInstrumentation();
registerInstrumentations({ instrumentations: [instrumentation] });
createRequire(import.meta.url)('@grpc/grpc-js');

const { credentials, Metadata } = await import('@grpc/grpc-js');
const { createChannel } = await import('@wherry/client');
const { createGateway } = await import('@wherry/gateway');
const { createWorker } = await import('@wherry/worker');
const { EchoClient, EchoService } = await import('../gen/echo.js');
const { echo, message, readAll } = await import('./echo.js');
const { Traces, usePropagation } = await import('./traces.js');

usePropagation();
const traces = new Traces();
instrumentation.setTracerProvider(traces.provider);

const options = { brokers, namespace, instrumentation: traces.instrumentation };
const worker = await createWorker(options);
worker.addService(EchoService, echo);
await worker.start();
const channel = await createChannel(options);
const gateway = await createGateway({ ...options, listen: '127.0.0.1:0' });
const clients = [
  new EchoClient('wherry', credentials.createInsecure(), { channelOverride: channel }),
  new EchoClient(gateway.address, credentials.createInsecure()),
];
for (const client of clients) {
  const deadline = { deadline: Date.now() + 60_000 };
  await new Promise((resolve) => client.unary(message({}), new Metadata(), deadline, resolve));
  await readAll(client.expand(message({ number: 3 }), deadline));
}
await gateway.drain();
await channel.close();
await worker.drain();
clients[1]?.close();
process.stdout.write(
  JSON.stringify(
    traces.ended.map((span) => ({
      name: span.name,
      kind: span.kind,
      scope: span.instrumentationScope.name,
      traceId: span.spanContext().traceId,
      id: span.spanContext().spanId,
      parent: span.parentSpanContext?.spanId,
    })),
  ),
);
