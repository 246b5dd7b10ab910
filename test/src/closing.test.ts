import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ServiceError, status } from '@grpc/grpc-js';
import { sweepInboxes } from '@wherry/endpoint';
import anyTest from 'ava';
import { realKafka, useBroker } from './support/brokers.js';
import { unary } from './support/echo.js';
import { startProcess, startWorkerProcess } from './support/endpoint-process.js';
import { clientOf, Harness, signal } from './support/harness.js';
import { topicsBecome } from './support/topics-become.js';

const test = anyTest;
const brokers = useBroker(test);
const onRealKafka = realKafka === undefined ? test.skip : test;
const run = promisify(execFile);

test('after close and drain a process has no handle, timer or topic left, and ends by itself', async (t) => {
  const h = new Harness(t, brokers());
  const script = fileURLToPath(new URL('./support/open-and-close.js', import.meta.url));
  // The script's process ends only when nothing holds it; it is killed, and the test fails, where something does.
  const { stdout } = await run(process.execPath, [script, h.brokers, h.namespace], { timeout: 60_000 });
  const inboxes = JSON.parse(stdout) as string[];
  t.is(inboxes.length, 5);
  if (realKafka === undefined) return; // the embedded broker cannot delete a topic
  const log = await h.log();
  await topicsBecome(t, log, `${h.namespace}.inbox.`, []);
});

onRealKafka('the sweep removes the inbox of a process that was killed, and no other', async (t) => {
  const h = new Harness(t, brokers());
  const worker = await startWorkerProcess(t, h.brokers, h.namespace);
  const caller = await startProcess(t, 'echo-caller', h.brokers, h.namespace);
  await Promise.all([worker.kill(), caller.kill()]);
  // One that lives, and shows it often.
  const channel = await h.channel({ inbox: { heartbeatMs: 2000 } });
  const log = await h.log();
  await topicsBecome(t, log, `${h.namespace}.inbox.`, [worker.inbox, caller.inbox, channel.inbox.topic]);
  t.deepEqual(await sweepInboxes(log, h.namespace, 60_000), [], 'they are too young to be judged');
  const old = signal();
  setTimeout(old.resolve, 9000);
  await old.promise;
  const swept = await sweepInboxes(log, h.namespace, 8000);
  t.deepEqual(swept.sort(), [worker.inbox, caller.inbox].sort());
  await topicsBecome(t, log, `${h.namespace}.inbox.`, [channel.inbox.topic]);
});

onRealKafka('an inbox that is deleted under its owner is replaced, and calls go on', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const channel = await h.channel();
  const client = clientOf(channel);
  await unary(client, { number: 1 });
  const { topic } = channel.inbox;
  const log = await h.log();
  t.true(await log.deleteTopic(topic));
  // Until the inbox is replaced, a call is answered, or ends when the loss is noticed. It never waits for its deadline.
  while (channel.inbox.topic === topic) {
    const call = unary(client, { number: 2 }, { deadline: Date.now() + 60_000 });
    const code = await call.then(
      () => status.OK,
      (error: ServiceError) => error.code,
    );
    t.true(code === status.OK || code === status.UNAVAILABLE, status[code]);
  }
  t.is((await unary(client, { number: 3 })).number, 3);
});
