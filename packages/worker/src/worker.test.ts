import { Metadata, ServerInterceptingCall, status as Status } from '@grpc/grpc-js';
import { requestTopic } from '@wherry/endpoint';
import { MemoryBroker } from '@wherry/kafka/memory';
import { decodeRegistryRecord, encodeRecord, type Frame } from '@wherry/wire';
import test from 'ava';
import { PlayedCaller, settle, until } from './played-caller.test.helpers.js';
import { openWorker } from './worker.js';
import {
  ask,
  chat,
  committed,
  definition,
  endOf,
  Handlers,
  idOf,
  makeBench,
  open,
  openOn,
  parts,
  request,
  requests,
  say,
  service,
  startChat,
} from './worker-bench.test.helpers.js';

// Answers.

test('a request is answered with one record', async (t) => {
  const bench = await open(t);
  const { broker, caller, worker } = bench;
  const deadline = Date.now() + 60_000;
  ask(bench, 'question', { opening: { deadline, authority: 'shop.example', metadata: [['mine', 'yes']] } });
  const { call, answer } = await bench.handlers.asked.next();
  t.is(call.request, 'question');
  t.deepEqual(call.metadata.getMap(), { mine: 'yes' });
  t.deepEqual([call.getDeadline(), call.getHost(), call.getPath()], [deadline, 'shop.example', say]);
  t.is(call.getPeer(), 'kafka:wherry.inbox.caller');
  const headers = new Metadata();
  headers.add('first', '1');
  call.sendMetadata(headers);
  const trailers = new Metadata();
  trailers.add('last', '2');
  answer(null, 'answer', trailers);
  answer(null, 'a second answer counts for nothing');
  await caller.next();
  await settle();
  t.deepEqual(
    broker.records(caller.inbox.topic, 0).map(({ key, value }) => ({ key, value })),
    [
      encodeRecord({
        sender: worker.inbox,
        frames: [
          {
            callId: idOf('question'),
            sequence: 0,
            headers: [['first', '1']],
            message: Buffer.from('answer'),
            status: { code: Status.OK, message: '', trailers: [['last', '2']] },
          },
        ],
      }),
    ],
  );
  t.is(worker.callsRunning, 0);
});

test('answers of one turn to one caller share a record', async (t) => {
  const bench = await open(t);
  const { broker, caller, handlers } = bench;
  caller.write(
    { topic: requests, partition: 0 },
    ['a', 'b', 'c'].map((name) => request(name)),
  );
  const asked = [await handlers.asked.next(), await handlers.asked.next(), await handlers.asked.next()];
  for (const { answer, request: name } of asked) answer(null, name);
  for (const name of ['a', 'b', 'c']) t.is(String((await caller.next()).frame.message), name);
  t.is(broker.records(bench.caller.inbox.topic, 0).length, 1);
});

for (const [name, end, line] of [
  ['throw', 'UNKNOWN Unknown error', /the handler of \/test\.Echo\/Say threw: Error: the handler failed$/],
  ['reject', 'UNKNOWN Unknown error', /the handler of \/test\.Echo\/Say threw: Error: the handler failed later$/],
  ['unreadable', 'INTERNAL Error deserializing request: no text', undefined],
] as const) {
  test(`a request that makes its handler fail is answered: ${name}`, async (t) => {
    const bench = await open(t);
    ask(bench, name);
    const { frame } = await bench.caller.next();
    t.is(endOf(frame), end);
    if (line !== undefined) t.regex(bench.lines[0] ?? '', line);
    t.is(bench.lines.length, line === undefined ? 0 : 1);
    await until(() => committed(bench) === 1);
  });
}

test('an answer that cannot be serialized is INTERNAL', async (t) => {
  const bench = await open(t);
  ask(bench, 'question');
  (await bench.handlers.asked.next()).answer(null, 'unwritable');
  t.is(endOf((await bench.caller.next()).frame), 'INTERNAL Error serializing response: no bytes');
});

test('the error of a handler is the status', async (t) => {
  const bench = await open(t);
  ask(bench, 'question');
  (await bench.handlers.asked.next()).answer({ code: Status.NOT_FOUND, details: 'no such thing' });
  const { frame } = await bench.caller.next();
  t.is(endOf(frame), 'NOT_FOUND no such thing');
  t.is(frame.message, undefined);
  t.falsy(frame.accept);
});

for (const name of ['Missing', 'Unheard']) {
  test(`a method without a handler is UNIMPLEMENTED: ${name}`, async (t) => {
    const bench = await open(t);
    const method = `/${service}/${name}`;
    ask(bench, 'question', { method });
    t.is(endOf((await bench.caller.next()).frame), `UNIMPLEMENTED The server does not implement the method ${method}`);
  });
}

test('messages that are too large are refused, in both directions', async (t) => {
  const bench = await open(t, { maxReceiveMessageLength: 10, maxSendMessageLength: 10 });
  ask(bench, '12345678901');
  t.is(endOf((await bench.caller.next()).frame), 'RESOURCE_EXHAUSTED Received message larger than max (11 vs. 10)');
  ask(bench, '1234567890');
  const { answer } = await bench.handlers.asked.next();
  answer(null, '12345678901');
  t.is(endOf((await bench.caller.next()).frame), 'RESOURCE_EXHAUSTED Sent message larger than max (11 vs. 10)');
  await until(() => committed(bench) === 2);
});

test('a request for one message that has none, or two, is UNIMPLEMENTED', async (t) => {
  const bench = await open(t);
  ask(bench, 'none', { message: undefined });
  t.regex(endOf((await bench.caller.next()).frame), /^UNIMPLEMENTED Received no request message/);
  ask(bench, 'two', { halfClose: undefined });
  const { frame, sender } = await bench.caller.next();
  t.true(frame.accept);
  bench.caller.write(sender, [{ callId: idOf('two'), sequence: 1, message: Buffer.from('second'), halfClose: true }]);
  t.regex(endOf((await bench.caller.next()).frame), /^UNIMPLEMENTED Received a second request message/);
});

test('an answer larger than a record is accepted first, and travels in parts', async (t) => {
  const bench = await open(t, { packing: { maxMessageBytes: 10 } });
  ask(bench, 'question');
  (await bench.handlers.asked.next()).answer(null, '0123456789abcdefghijklmno');
  const frames: Frame[] = [];
  while (frames.at(-1)?.status === undefined) frames.push((await bench.caller.next()).frame);
  t.true(frames[0]?.accept);
  t.deepEqual(
    frames.flatMap(({ message, part }) => (message ? [[String(message), part?.offset, part?.total]] : [])),
    [
      ['0123456789', 0, 25],
      ['abcdefghij', 10, 25],
      ['klmno', 20, 25],
    ],
  );
  t.deepEqual(
    frames.map(({ sequence }) => sequence),
    frames.map((_, index) => index),
  );
  await until(() => committed(bench) === 1);
});

test('headers that do not fit a record end their call alone', async (t) => {
  const bench = await open(t);
  const { caller, handlers } = bench;
  caller.write({ topic: requests, partition: 0 }, [request('large'), request('small')]);
  const [large, small] = [await handlers.asked.next(), await handlers.asked.next()];
  const headers = new Metadata();
  headers.add('large', 'x'.repeat(1_000_000));
  large.call.sendMetadata(headers);
  large.answer(null, '');
  small.answer(null, '');
  const ends = [await caller.next(), await caller.next()].map(({ frame }) => `${parts(frame)['of']}: ${endOf(frame)}`);
  t.regex(ends.find((end) => end.startsWith('large')) ?? '', /^large: RESOURCE_EXHAUSTED .*too large/);
  t.true(ends.includes('small: OK'));
  await until(() => committed(bench) === 1);
});

// Calls that do not run.

test('a worker whose calls all come expired says once that clocks may differ', async (t) => {
  const bench = await open(t);
  const { handlers, lines, worker } = bench;
  for (let round = 0; round < 2; round++) {
    const expired = Array.from({ length: 20 }, (_, index) =>
      request(`${round}-${index}`, { opening: { deadline: Date.now() - 30_000 } }),
    );
    bench.caller.write({ topic: requests, partition: 0 }, expired);
    ask(bench, `answered ${round}`);
    await handlers.asked.next();
  }
  t.is(worker.counters.expiredCalls, 40);
  t.deepEqual(lines.filter((line) => line.includes('clock of this machine')).length, 1);
});

test('expired and cancelled openings do not run, and are committed', async (t) => {
  const bench = await open(t);
  const { caller, worker } = bench;
  caller.write({ topic: requests, partition: 0 }, [
    request('expired', { opening: { deadline: Date.now() - 1 } }),
    request('cancelled', { cancel: true }),
  ]);
  await until(() => committed(bench) === 1);
  t.deepEqual(bench.handlers.asked.rest(), []);
  t.deepEqual(caller.rest(), []);
  const { startedCalls, expiredCalls, cancelledCalls } = worker.counters;
  t.deepEqual([startedCalls, expiredCalls, cancelledCalls], [0, 1, 1]);
});

test('a cancel that is read in the turn of its opening keeps the call from running', async (t) => {
  const bench = await open(t);
  const { broker, caller, worker } = bench;
  await settle();
  broker.hold(requests, 0);
  ask(bench, 'unwanted');
  caller.write({ topic: requests, partition: 0 }, [{ callId: idOf('unwanted'), sequence: 1, cancel: true }]);
  ask(bench, 'wanted');
  await settle();
  broker.release(requests, 0);
  t.is((await bench.handlers.asked.next()).request, 'wanted');
  t.deepEqual(bench.handlers.asked.rest(), []);
  t.is(worker.counters.cancelledCalls, 1);
  await until(() => committed(bench) === 2);
});

test('a call that is cancelled while it runs tells its handler, sends nothing, and is committed', async (t) => {
  const bench = await open(t);
  ask(bench, 'question');
  const { call, answer } = await bench.handlers.asked.next();
  const cancelled = new Promise((resolve) => call.on('cancelled', resolve));
  bench.caller.write({ topic: requests, partition: 0 }, [{ callId: idOf('question'), sequence: 1, cancel: true }]);
  await cancelled;
  t.true(call.cancelled);
  answer(null, 'late');
  await until(() => committed(bench) === 2);
  t.deepEqual(bench.caller.rest(), []);
});

test('a deadline that passes tells the handler', async (t) => {
  const bench = await open(t);
  const { call, answer } = await (async () => {
    for (let ms = 20; ; ms *= 2) {
      const name = `within ${ms}`;
      ask(bench, name, { opening: { deadline: Date.now() + ms } });
      await settle();
      const [asked] = bench.handlers.asked.rest();
      if (asked !== undefined) return asked;
    }
  })();
  if (!call.cancelled) await new Promise((resolve) => call.on('cancelled', resolve));
  answer(null, 'late');
  await settle();
  t.deepEqual(bench.caller.rest(), []);
  await until(() => committed(bench) !== undefined);
});

// Order and concurrency.

test('calls run in the order they were read, as many at once as may', async (t) => {
  const bench = await open(t, { concurrency: 2 });
  const { handlers, worker } = bench;
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) ask(bench, name);
  const [first, second] = [await handlers.asked.next(), await handlers.asked.next()];
  await settle();
  t.deepEqual([first.request, second.request], ['a', 'b']);
  t.deepEqual(handlers.asked.rest(), []);
  t.deepEqual([worker.callsRunning, worker.callsWaiting], [2, 2]);
  second.answer(null, '');
  const third = await handlers.asked.next();
  t.is(third.request, 'c');
  first.answer(null, '');
  const fourth = await handlers.asked.next();
  t.is(fourth.request, 'd');
  for (const { answer } of [third, fourth]) answer(null, '');
  await until(() => committed(bench) === 4);
  t.is(worker.counters.startedCalls, 4);
  t.deepEqual([worker.callsRunning, worker.callsWaiting], [0, 0]);
});

test('calls without a message take no slot, and their first messages wait for one', async (t) => {
  const bench = await open(t, { concurrency: 1 });
  const { caller, handlers, worker } = bench;
  const stream = await startChat(bench);
  t.is(worker.callsRunning, 0);
  ask(bench, 'runs');
  const runs = await handlers.asked.next();
  t.is(worker.callsRunning, 1);
  const said: string[] = [];
  stream.on('data', (message: string) => said.push(message));
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 1, message: Buffer.from('hello') }]);
  await settle();
  t.deepEqual(said, []);
  t.is(worker.callsWaiting, 1);
  runs.answer(null, 'done');
  await until(() => said.length === 1);
  t.is(worker.callsRunning, 1);
  t.is(worker.callsWaiting, 0);
  stream.end();
  await until(() => worker.callsRunning === 0);
});

test('a call without a message ends in time, unless its reply has begun', async (t) => {
  const bench = await open(t, { acceptAfterMs: 20, firstMessageTimeoutMs: 500 });
  const { caller } = bench;
  const speaks = await startChat(bench, { callId: idOf('speaks') });
  speaks.write('first');
  t.is(parts((await caller.next()).frame)['of'], 'speaks');
  await startChat(bench, { callId: idOf('silent') });
  const { frame } = await caller.next();
  t.is(parts(frame)['of'], 'silent');
  t.regex(endOf(frame), /^DEADLINE_EXCEEDED no message came within 500 ms/);
  t.false(speaks.cancelled);
});

test('of more than 20,000 calls without a message, the oldest ends', async (t) => {
  const bench = await open(t);
  const name = (index: number): string => `call ${index}`;
  for (let index = 0; index <= 20_000; index++)
    ask(bench, name(index), { method: chat, message: undefined, halfClose: undefined });
  const accepted = new Set<unknown>();
  let ended: Frame | undefined;
  while (accepted.size < 20_000 || ended === undefined) {
    const { frame } = await bench.caller.next();
    if (frame.status === undefined) accepted.add(parts(frame)['of']);
    else {
      t.is(ended, undefined);
      ended = frame;
    }
  }
  t.is(parts(ended)['of'], name(0));
  t.regex(endOf(ended), /^RESOURCE_EXHAUSTED the worker has more than 20000 calls without a message/);
});

test('a record that comes twice while its call is under way runs once', async (t) => {
  const bench = await open(t);
  bench.broker.duplicateNext(requests, 0);
  ask(bench, 'question');
  const { answer } = await bench.handlers.asked.next();
  await settle();
  answer(null, 'answer');
  await until(() => committed(bench) === 2);
  t.deepEqual(bench.handlers.asked.rest(), []);
  t.is(bench.caller.rest().length, 1);
});

// Starting.

test('starting makes the request topic with the partitions that are wanted, and joins one that exists', async (t) => {
  const broker = new MemoryBroker();
  const bench = { broker, handlers: new Handlers(), caller: await PlayedCaller.open(t, broker) };
  await openOn(t, bench, { partitions: 3 });
  t.notThrows(() => broker.records(requests, 2));
  t.throws(() => broker.records(requests, 3));
  await openOn(t, bench, { partitions: 5 });
  t.throws(() => broker.records(requests, 3));
});

test('services are added before the start, and there must be one', async (t) => {
  const { worker } = await open(t);
  t.throws(() => worker.addService(definition, {}), { message: /the worker was started/ });
  t.throws(() => worker.addGenericService('test.Other', () => undefined), { message: /the worker was started/ });
  await t.throwsAsync(worker.start(), { message: /the worker is started/ });
  const broker = new MemoryBroker();
  const empty = await openWorker({ brokers: 'memory' }, (options) => Promise.resolve(broker.open(options)));
  await t.throwsAsync(empty.start(), { message: /has no service/ });
  await empty.drain();
  await t.throwsAsync(empty.start(), { message: /the worker is closed/ });
});

test('a worker registers its services while it is there', async (t) => {
  const bench = await open(t, { discovery: true });
  const { broker, worker } = bench;
  const registry = () =>
    broker.records('wherry.registry', 0).map(({ key, value }) => {
      const entry = decodeRegistryRecord(key, value);
      return entry.kind === 'instance' ? entry.registration?.services.map(({ name }) => name) : entry.kind;
    });
  t.deepEqual(registry()[0], [service]);
  t.true(registry().every((names) => Array.isArray(names)));
  await worker.drain();
  t.is(registry().at(-1), undefined);
});

test('a backlog of one service does not stop another', async (t) => {
  const { broker, caller } = await makeBench(t);
  const worker = await openWorker({ brokers: 'memory', concurrency: 4 }, (options) =>
    Promise.resolve(broker.open(options)),
  );
  t.teardown(() => worker.close());
  const topics = { slow: requestTopic('wherry', 'test.Slow'), fast: requestTopic('wherry', 'test.Fast') };
  worker.addGenericService('test.Slow', () => undefined);
  worker.addGenericService('test.Fast', (_path, call) => call.sendStatus({ code: Status.OK, details: 'OK' }));
  await caller.makeTopic(topics.slow, 1);
  await caller.makeTopic(topics.fast, 2);
  await worker.start();
  const slow = Array.from({ length: 20 }, (_, index) => request(`slow ${index}`, { method: '/test.Slow/Say' }));
  caller.write({ topic: topics.slow, partition: 0 }, slow);
  await until(() => worker.callsWaiting === 17);
  for (let number = 0; number < 3; number++) {
    caller.write({ topic: topics.fast, partition: 0 }, [request(`fast ${number}`, { method: '/test.Fast/Say' })]);
    t.is(endOf((await caller.next()).frame), 'OK');
  }
  t.is(worker.callsRunning, 3);
  const { key, value } = broker.records('wherry.registry', 0).at(-1) ?? { key: null, value: null };
  const entry = decodeRegistryRecord(key, value);
  t.deepEqual(entry.kind === 'instance' && entry.registration?.services, [
    { name: 'test.Slow', descriptors: undefined, partitions: [0] },
    { name: 'test.Fast', descriptors: undefined, partitions: [0, 1] },
  ]);
});

test('a generic service gets the path and the bytes of each method', async (t) => {
  const bench = await makeBench(t);
  const paths: string[] = [];
  const broker = bench.broker;
  const worker = await openWorker({ brokers: 'memory', discovery: false }, (options) =>
    Promise.resolve(broker.open(options)),
  );
  t.teardown(() => worker.close());
  worker.addGenericService(service, (path, call) => {
    paths.push(path);
    call.start({
      onReceiveMetadata: () => call.startRead(),
      onReceiveMessage: (message: Buffer) => call.sendMessage(message, () => call.startRead()),
      onReceiveHalfClose: () => call.sendStatus({ code: Status.OK, details: 'OK' }),
      onCancel: () => undefined,
    });
  });
  await worker.start();
  ask(bench, 'question', { method: `/${service}/Anything` });
  const { frame } = await bench.caller.next();
  t.deepEqual(paths, [`/${service}/Anything`]);
  t.is(String(frame.message), 'question');
});

test('the last interceptor sees a call first, and one that throws fails its call', async (t) => {
  const seen: string[] = [];
  const bench = await open(t, {
    interceptors: ['inner', 'outer'].map((name) => (method, call) => {
      seen.push(`${name} ${method.path}`);
      return new ServerInterceptingCall(call, {
        start: (next) => {
          seen.push(`${name} starts`);
          next({});
        },
      });
    }),
  });
  ask(bench, 'question');
  (await bench.handlers.asked.next()).answer(null, '');
  await bench.caller.next();
  t.deepEqual(seen, [`inner ${say}`, `outer ${say}`, 'outer starts', 'inner starts']);
  const failing = await open(t, {
    interceptors: [
      () => {
        throw new Error('no');
      },
    ],
  });
  ask(failing, 'question');
  t.is(endOf((await failing.caller.next()).frame), 'UNKNOWN Unknown error');
});
