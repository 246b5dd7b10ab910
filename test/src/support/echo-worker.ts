/** An echo worker as a process of its own: `echo-worker BROKERS NAMESPACE`. It drains at SIGTERM. */
import { createWorker } from '@wherry/worker';
import { EchoService } from '../gen/echo.js';
import { echo } from './echo.js';

const [brokers, namespace] = process.argv.slice(2);
if (brokers === undefined || namespace === undefined) throw new Error('usage: echo-worker BROKERS NAMESPACE');
const worker = await createWorker({ brokers, namespace });
worker.addService(EchoService, echo);
await worker.start();
process.once('SIGTERM', () => void worker.drain().then(() => process.disconnect?.()));
// A test that is gone must not leave its workers.
process.once('disconnect', () => void worker.close());
process.send?.({ inbox: worker.inbox.topic });
