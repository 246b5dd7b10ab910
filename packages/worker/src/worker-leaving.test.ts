import test from 'ava';
import { settle, until } from './played-caller.test.helpers.js';
import { ask, committed, endOf, open, openOn, parts, startChat, timers } from './worker-bench.test.helpers.js';

test('draining accepts the calls that run, leaves those that wait, and closes when the last one ended', async (t) => {
  const before = timers();
  const bench = await open(t, { concurrency: 1 });
  const { broker, caller, handlers, worker } = bench;
  ask(bench, 'runs');
  const runs = await handlers.asked.next();
  ask(bench, 'waits');
  await until(() => worker.callsWaiting === 1);
  const state = { drained: false };
  const draining = worker.drain().then(() => {
    state.drained = true;
  });
  t.deepEqual(parts((await caller.next()).frame), { of: 'runs', sequence: 0, accept: true });
  await settle();
  t.false(state.drained);
  t.is(committed(bench), 1);
  const { topic } = worker.inbox;
  runs.answer(null, 'done');
  await draining;
  t.is(String((await caller.next()).frame.message), 'done');
  t.is(broker.topicConfig(topic), undefined);
  t.is(timers(), before);
  t.deepEqual(handlers.asked.rest(), []);
  await openOn(t, bench, { name: 'next' });
  t.is((await handlers.asked.next()).request, 'waits');
});

test('draining ends in time although Kafka is gone, and tells how many calls it gave up', async (t) => {
  const bench = await open(t, { drainTimeoutMs: 20 });
  const { broker, handlers, lines, log, worker } = bench;
  ask(bench, 'answered');
  const { answer } = await handlers.asked.next();
  broker.disconnect(log);
  answer(null, 'nobody gets this');
  t.is(await worker.drain(), 1);
  t.regex(lines.join('\n'), /1 call has not ended 20 ms after drain\(\) began.*drainTimeoutMs/);
});

test('draining waits for an answer that Kafka does not take no longer than the deadline of its call', async (t) => {
  const bench = await open(t);
  const { broker, handlers, log, worker } = bench;
  ask(bench, 'answered', { opening: { deadline: Date.now() + 300 } });
  const { answer } = await handlers.asked.next();
  broker.disconnect(log);
  answer(null, 'nobody gets this');
  t.is(await worker.drain(), 0);
});

test('closing ends accepted calls with UNAVAILABLE, and leaves the others to another worker', async (t) => {
  const before = timers();
  const bench = await open(t);
  const { broker, caller, handlers, worker } = bench;
  const stream = await startChat(bench);
  await until(() => committed(bench) === 1);
  const cancelled = new Promise((resolve) => stream.on('cancelled', resolve));
  ask(bench, 'question', { opening: { deadline: Date.now() + 600_000 } });
  const { call } = await handlers.asked.next();
  const { topic } = worker.inbox;
  await worker.close();
  await cancelled;
  t.true(call.cancelled);
  t.is(endOf((await caller.next()).frame), 'UNAVAILABLE the worker was closed');
  t.is(committed(bench), 1);
  t.is(broker.topicConfig(topic), undefined);
  t.is(timers(), before);
  await worker.close();
  await openOn(t, bench, { name: 'next' });
  const again = await handlers.asked.next();
  t.deepEqual([again.request, again.at], ['question', 'next']);
});

test('calls that are read while the worker closes are left to another one, and leave no timer', async (t) => {
  const before = timers();
  const bench = await open(t, { discovery: true });
  const { handlers, worker } = bench;
  await settle();
  ask(bench, 'late', { opening: { deadline: Date.now() + 600_000 } });
  const closing = worker.close();
  ask(bench, 'later', { opening: { deadline: Date.now() + 600_000 } });
  await closing;
  t.is(timers(), before);
  t.is(committed(bench), undefined);
  t.deepEqual(handlers.asked.rest(), []);
  await openOn(t, bench, { name: 'next' });
  t.deepEqual([(await handlers.asked.next()).request, (await handlers.asked.next()).request], ['late', 'later']);
});

for (const how of ['close and close', 'drain and close', 'drain and drain'] as const) {
  test(`leaving in two ways at once is as good as one: ${how}`, async (t) => {
    const bench = await open(t, { discovery: true });
    const seen: string[] = [];
    const { worker, handlers } = bench;
    ask(bench, 'question');
    const { answer, call } = await handlers.asked.next();
    call.on('cancelled', () => seen.push('cancelled'));
    const [first, second] = how.split(' and ') as ['close' | 'drain', 'close' | 'drain'];
    const leaving = [worker[first](), worker[second]()];
    await settle();
    answer(null, 'answer');
    await Promise.all(leaving);
    if (how === 'drain and drain') {
      let last = await bench.caller.next();
      while (last.frame.status === undefined) last = await bench.caller.next();
      t.is(endOf(last.frame), 'OK');
      t.is(committed(bench), 1);
    } else {
      t.deepEqual(seen, ['cancelled']);
    }
  });
}

test('closing while Kafka is lost ends too', async (t) => {
  const before = timers();
  const bench = await open(t);
  await startChat(bench);
  bench.broker.disconnect();
  await settle();
  await bench.worker.close();
  t.is(timers(), before);
});
