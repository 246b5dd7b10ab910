/** An echo worker as a process of its own. It drains at SIGTERM, and ends with 1 if it had to give up calls. */
import { createWorker } from '@wherry/worker';
import { EchoService } from '../../gen/echo.js';
import { LedgerWriter } from '../ledger-files.js';
import { followInbox } from './follow-inbox.js';
import { readConfig, stayWithMain, tell, type WorkerConfig } from './messages.js';
import { recordedEcho } from './recorded-echo.js';

const { ledger, brokers, namespace } = readConfig<WorkerConfig>();
const endWithMain = stayWithMain();
const worker = await createWorker({ brokers, namespace });
worker.addService(EchoService, recordedEcho(new LedgerWriter(ledger)));
await worker.start();
followInbox(() => worker.inbox.topic);
process.once('SIGTERM', async () => {
  process.exitCode = (await worker.drain()) === 0 ? 0 : 1;
  endWithMain();
});
tell({ what: 'ready' });
