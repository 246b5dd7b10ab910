import { requestTopic } from '@wherry/endpoint';
import { encodeRecord, noEntries } from '@wherry/wire';
import anyTest from 'ava';
import { useBroker } from './support/brokers.js';
import { unary } from './support/echo.js';
import { clientOf, Harness, workerReady } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);

const FORGED = 20_000;

test('a worker serves others while it gets thousands of calls from callers whose inboxes do not exist', async (t) => {
  t.timeout(180_000);
  const h = new Harness(t, brokers());
  const worker = await h.worker();
  const known = clientOf(await h.channel());
  await workerReady(known);
  const log = await h.log();
  const topic = requestTopic(h.namespace, 'wherry.test.v1.Echo');
  const partitions = await log.partitions(topic);
  for (let number = 0; number < FORGED; number++) {
    const sender = {
      topic: `${h.namespace}.inbox.${Date.now().toString(36)}.${number.toString(16).padStart(16, '0')}`,
      partition: 0,
    };
    const open = { method: '/wherry.test.v1.Echo/Unary', metadata: noEntries, deadline: undefined };
    const callId = `forged ${number}`.padEnd(16, '.');
    const frame = { callId, sequence: 0, open, message: Buffer.alloc(0), halfClose: true };
    const { key, value } = encodeRecord({ sender, frames: [frame] });
    log.produce(topic, number % partitions, key, value);
  }
  await log.flush(60_000);
  // Without a bound, the worker's event loop stands still for most of some minutes. So each of these calls takes longer than its deadline.
  const soon = () => ({ deadline: Date.now() + 30_000 });
  const started = () => worker.counters.startedCalls;
  while (started() < FORGED) t.is((await unary(known, { number: 1 }, soon())).number, 1);
  for (let number = 0; number < 3; number++) {
    t.is((await unary(known, { number }, soon())).number, number);
    const unknown = clientOf(await h.channel());
    t.is((await unary(unknown, { number }, soon())).number, number);
  }
  // Every forged call ends: its record is committed, and the worker keeps nothing of it.
  while (worker.counters.undeliveredRecords < FORGED) await unary(known, { number: 2 }, soon());
  t.is(worker.counters.undeliveredRecords, FORGED);
  t.is(await worker.drain(), 0);
});
