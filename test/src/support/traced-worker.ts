/**
 * An echo worker that never answers, and tells the spans it has ended when a handler begins: `traced-worker BROKERS
 * NAMESPACE`.
 */
import { createWorker } from '@wherry/worker';
import { EchoService } from '../gen/echo.js';
import { echoWith } from './echo.js';
import { Traces, usePropagation } from './traces.js';

const [brokers, namespace] = process.argv.slice(2);
if (brokers === undefined || namespace === undefined) throw new Error('usage: traced-worker BROKERS NAMESPACE');
usePropagation();
const traces = new Traces();
const worker = await createWorker({ brokers, namespace, instrumentation: traces.instrumentation });
const tell = (): void => {
  const spans = traces.ended.map((span) => ({ name: span.name, kind: span.kind, parent: span.parentSpanContext }));
  process.send?.(spans);
};
worker.addService(EchoService, echoWith({ unary: tell }));
await worker.start();
process.once('disconnect', () => void worker.close());
process.send?.({ inbox: worker.inbox.topic });
