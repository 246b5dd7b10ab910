import { LogError } from '@wherry/kafka';
import { decodeRegistryRecord, encodeRecord } from '@wherry/wire';
import test from 'ava';
import { settle, until } from './played-caller.test.helpers.js';
import {
  ask,
  committed,
  endOf,
  makeBench,
  open,
  openOn,
  parts,
  request,
  requests,
  service,
} from './worker-bench.test.helpers.js';

// Commits.

test('a record is committed when it and all before it are answered', async (t) => {
  const bench = await open(t);
  for (const name of ['a', 'b']) ask(bench, name);
  const [a, b] = [await bench.handlers.asked.next(), await bench.handlers.asked.next()];
  b.answer(null, '');
  await bench.caller.next();
  await settle();
  t.is(committed(bench), undefined);
  a.answer(null, '');
  await until(() => committed(bench) === 2);
});

test('a record is committed only when the broker has the answer', async (t) => {
  const bench = await open(t);
  const { broker, log } = bench;
  ask(bench, 'question');
  const { answer } = await bench.handlers.asked.next();
  broker.disconnect(log);
  answer(null, 'answer');
  await settle();
  t.is(committed(bench), undefined);
  broker.reconnect(log);
  t.is(String((await bench.caller.next()).frame.message), 'answer');
  await until(() => committed(bench) === 1);
});

test('an answer that was given up is followed by the end of the call', async (t) => {
  const bench = await open(t);
  const { broker, log } = bench;
  ask(bench, 'question');
  const { answer } = await bench.handlers.asked.next();
  broker.disconnect(log);
  answer(null, 'answer');
  await settle();
  broker.expireRecords(log);
  await settle();
  broker.reconnect(log);
  const { frame } = await bench.caller.next();
  t.regex(endOf(frame), /^UNAVAILABLE .*timed out/);
  t.is(frame.sequence, 0);
  await until(() => committed(bench) === 1);
});

test('a caller whose inbox is gone needs no answer', async (t) => {
  const bench = await open(t);
  ask(bench, 'question');
  const { answer } = await bench.handlers.asked.next();
  bench.broker.deleteTopic(bench.caller.inbox.topic);
  answer(null, 'answer');
  await until(() => committed(bench) === 1);
  t.is(bench.worker.counters.undeliveredRecords, 1);
});

test('records that cannot be read are counted, and committed', async (t) => {
  const bench = await open(t);
  const { caller, worker } = bench;
  const place = { topic: requests, partition: 0 };
  caller.writeBytes(place, Buffer.from('not one of ours'));
  caller.writeBytes(place, Buffer.from([8, 99]));
  const { key } = encodeRecord({ sender: caller.inbox, frames: [request('lost')] });
  caller.writeBytes(place, key);
  ask(bench, 'whole');
  (await bench.handlers.asked.next()).answer(null, '');
  await until(() => committed(bench) === 4);
  const { foreignRecords, unknownVersionRecords, malformedRecords, startedCalls } = worker.counters;
  t.is(foreignRecords + unknownVersionRecords + malformedRecords, 3);
  t.true(malformedRecords >= 1, 'its message is missing');
  t.is(startedCalls, 1);
});

// Groups.

test('if a partition goes to another worker, calls that began are accepted, and others are left to it', async (t) => {
  const bench = await makeBench(t, 2);
  const { caller, handlers } = bench;
  const a = await openOn(t, bench, { name: 'a', concurrency: 2 });
  ask(bench, 'kept', {}, 0);
  t.is((await handlers.asked.next()).request, 'kept');
  ask(bench, 'begun', {}, 1);
  const begun = await handlers.asked.next();
  ask(bench, 'untouched', {}, 1);
  await until(() => a.worker.callsWaiting === 1);
  await openOn(t, bench, { name: 'b' });
  const untouched = await handlers.asked.next();
  t.deepEqual([untouched.request, untouched.at], ['untouched', 'b']);
  const { frame, sender } = await caller.next();
  t.deepEqual(parts(frame), { of: 'begun', sequence: 0, accept: true });
  t.deepEqual(sender, a.worker.inbox);
  t.is(committed(bench, 1), 1);
  begun.answer(null, 'of a');
  t.is(endOf((await caller.next()).frame), 'OK');
  untouched.answer(null, 'of b');
  t.is(String((await caller.next()).frame.message), 'of b');
  await until(() => committed(bench, 1) === 2);
  t.is(committed(bench, 0), undefined, 'its call still runs');
});

test('if a worker dies, another one answers what it had not answered', async (t) => {
  const bench = await makeBench(t);
  const { broker, caller, handlers } = bench;
  const a = await openOn(t, bench, { name: 'a' });
  for (const name of ['answered', 'lost']) ask(bench, name);
  const [answered, lost] = [await handlers.asked.next(), await handlers.asked.next()];
  answered.answer(null, 'of a');
  await caller.next();
  await until(() => committed(bench) === 1);
  await openOn(t, bench, { name: 'b' });
  await settle();
  broker.kill(a.log);
  const again = await handlers.asked.next();
  t.deepEqual([again.request, again.at], ['lost', 'b']);
  lost.answer(null, 'of the dead');
  again.answer(null, 'of b');
  t.is(String((await caller.next()).frame.message), 'of b');
  await until(() => committed(bench) === 2);
  t.deepEqual(caller.rest(), []);
});

test('a registration names the partitions that its worker reads', async (t) => {
  const bench = await makeBench(t, 4);
  const { broker } = bench;
  /** The partitions in the newest registration of each instance; undefined if it has left. */
  const registered = async (): Promise<(readonly number[] | undefined)[]> => {
    await settle();
    const newest = new Map<string, readonly number[] | undefined>();
    for (const { key, value } of broker.records('wherry.registry', 0)) {
      const record = decodeRegistryRecord(key, value);
      if (record.kind !== 'instance') continue;
      newest.set(record.instance.topic, record.registration?.services[0]?.partitions);
    }
    return [...newest.values()];
  };
  const a = await openOn(t, bench, { name: 'a', discovery: true });
  t.deepEqual(await registered(), [[0, 1, 2, 3]]);
  await openOn(t, bench, { name: 'b', discovery: true });
  t.deepEqual(await registered(), [
    [0, 1],
    [2, 3],
  ]);
  broker.addPartitions(requests, 6);
  t.deepEqual((await registered()).flatMap((partitions) => partitions ?? []).sort(), [0, 1, 2, 3, 4, 5]);
  await a.worker.close();
  t.deepEqual((await registered())[0], undefined);
  t.deepEqual([...((await registered())[1] ?? [])].sort(), [0, 1, 2, 3, 4, 5]);
});

test('if an error ends the reading of requests, the worker finishes its calls, and is not registered until it reads again', async (t) => {
  const bench = await makeBench(t);
  const { broker, caller, handlers } = bench;
  const { worker, lines } = await openOn(t, bench, { discovery: true });
  const registered = async (): Promise<readonly string[] | undefined> => {
    await settle();
    const { key, value } = broker.records('wherry.registry', 0).at(-1) ?? { key: null, value: null };
    const record = decodeRegistryRecord(key, value);
    return record?.kind === 'instance' ? record.registration?.services.map(({ name }) => name) : undefined;
  };
  t.deepEqual(await registered(), [service]);
  ask(bench, 'begun');
  const begun = await handlers.asked.next();
  const interrupted = broker.interruptReaders(requests, new LogError('fenced (do this)', { code: -150 }));
  t.true((await caller.next()).frame.accept, 'the call that began ends here');
  await interrupted;
  t.deepEqual(await registered(), []);
  t.is(committed(bench), 1);
  ask(bench, 'later');
  begun.answer(null, 'answer');
  t.is(String((await caller.next()).frame.message), 'answer');
  broker.restoreReaders(requests);
  (await handlers.asked.next()).answer(null, 'answer to later');
  t.is(String((await caller.next()).frame.message), 'answer to later');
  t.deepEqual(await registered(), [service]);
  t.is(worker.counters.interruptedReaders, 1);
  t.regex(lines.join(), /do this/);
});
