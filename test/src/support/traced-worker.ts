/**
 * An echo worker that sends its spans by OTLP: `traced-worker BROKERS NAMESPACE OTLP-URL [hang]`. With `hang` it answers no unary call
 * with a text; it says so once the spans that are over have arrived.
 */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { createWorker } from '@wherry/worker';
import { EchoService } from '../gen/echo.js';
import { echoWith } from './echo.js';
import { consumer } from './lost-workers.js';
import { Traces, usePropagation } from './traces.js';

const [brokers, namespace, otlp, hang] = process.argv.slice(2);
if (brokers === undefined || namespace === undefined || otlp === undefined) {
  throw new Error('usage: traced-worker BROKERS NAMESPACE OTLP-URL [hang]');
}
usePropagation();
const exporter = new OTLPTraceExporter({ url: `${otlp}/v1/traces` });
const traces = new Traces({ exporter, service: 'echo-worker' });
const worker = await createWorker({ brokers, namespace, consumer, instrumentation: traces.instrumentation });
worker.addService(
  EchoService,
  echoWith({
    unary: (call, callback) => {
      if (hang === undefined || call.request.text === '') callback(null, call.request);
      else void traces.provider.forceFlush().then(() => process.send?.('hanging'));
    },
  }),
);
await worker.start();
process.once('disconnect', () => void worker.close());
process.send?.({ inbox: worker.inbox.topic });
