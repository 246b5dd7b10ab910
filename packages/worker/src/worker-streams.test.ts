import { mock } from 'node:test';
import test from 'ava';
import { PlayedCaller, settle, until } from './played-caller.test.helpers.js';
import { ask, committed, endOf, idOf, open, parts, startChat } from './worker-bench.test.helpers.js';

// Streams.

test('a stream is accepted, and goes on from inbox to inbox', async (t) => {
  const bench = await open(t);
  const { caller, worker } = bench;
  const stream = await startChat(bench, { message: Buffer.from('one') });
  await until(() => committed(bench) === 1);
  const read: string[] = [];
  const ended = new Promise((resolve) => stream.on('end', resolve));
  stream.on('data', (message: string) => void read.push(message));
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 1, message: Buffer.from('two') }]);
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 2, message: Buffer.from('three'), halfClose: true }]);
  await ended;
  t.deepEqual(read, ['one', 'two', 'three']);
  stream.write('reply');
  const reply = await caller.next();
  t.deepEqual(reply.sender, worker.inbox);
  t.deepEqual(parts(reply.frame), { of: 'chat', sequence: 1, headers: [], message: Buffer.from('reply') });
  stream.end();
  const { frame } = await caller.next();
  t.deepEqual([frame.sequence, endOf(frame)], [2, 'OK']);
  t.is(worker.callsRunning, 0);
});

test('write() returns false once 16 messages wait for room at the caller, and drain follows the last of them', async (t) => {
  const bench = await open(t);
  const { caller, worker } = bench;
  const stream = await startChat(bench);
  const message = 'm'.repeat(16_384);
  const window = 262_144;
  const cost = message.length + 32;
  const leave = Math.ceil(window / cost);
  let drained = false;
  const drain = new Promise<void>((resolve) =>
    stream.once('drain', () => {
      drained = true;
      resolve();
    }),
  );
  let written = 1;
  while (stream.write(message)) written++;
  t.is(stream.writableHighWaterMark, 16);
  t.is(written, leave + 16);
  t.is(stream.writableLength, 16);
  for (let number = 0; number < leave; number++) t.is((await caller.next()).frame.message?.length, message.length);
  // Room for all but the last message.
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 1, credit: window / 2 }]);
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 2, credit: 7 * cost - 1 }]);
  await until(() => stream.writableLength === 1);
  t.false(drained);
  t.false(stream.writableNeedDrain === false);
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 3, credit: cost }]);
  await drain;
  t.is(stream.writableLength, 0);
  t.true(stream.write('a word'));
});

test('write() returns false after a cancel', async (t) => {
  const bench = await open(t);
  const stream = await startChat(bench);
  const cancelled = new Promise((resolve) => stream.on('cancelled', resolve));
  bench.caller.write(bench.worker.inbox, [{ callId: idOf('chat'), sequence: 1, cancel: true }]);
  await cancelled;
  t.true(stream.cancelled);
  await settle();
  t.false(stream.write('late'));
});

test('a frame that comes twice counts once, and one of a stranger not at all', async (t) => {
  const bench = await open(t);
  const { broker, caller, worker } = bench;
  const stranger = await PlayedCaller.open(t, broker, 'stranger');
  const stream = await startChat(bench);
  const read: string[] = [];
  const ended = new Promise((resolve) => stream.on('end', resolve));
  stream.on('data', (message: string) => void read.push(message));
  stranger.write(worker.inbox, [{ callId: idOf('chat'), sequence: 1, cancel: true }]);
  broker.duplicateNext(worker.inbox.topic, 0);
  await settle();
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 1, message: Buffer.from('one') }]);
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 2, halfClose: true }]);
  await ended;
  t.deepEqual(read, ['one']);
  t.true(worker.counters.lateFrames >= 1);
  t.false(stream.cancelled);
});

test('a call that somebody forged in the name of a worker is cancelled', async (t) => {
  const { caller, worker } = await open(t);
  caller.write(worker.inbox, [{ callId: idOf('forged'), sequence: 0, accept: true }]);
  t.deepEqual(parts((await caller.next()).frame), { of: 'forged', sequence: 0, cancel: true });
  t.is(worker.counters.lateFrames, 1);
});

test('a frame that is missing ends the call with DATA_LOSS, and its handler is told', async (t) => {
  const bench = await open(t);
  const stream = await startChat(bench);
  const cancelled = new Promise((resolve) => stream.on('cancelled', resolve));
  bench.caller.write(bench.worker.inbox, [{ callId: idOf('chat'), sequence: 2, message: Buffer.from('two') }]);
  await cancelled;
  t.is(endOf((await bench.caller.next()).frame), 'DATA_LOSS a part of the request is missing before frame 2');
});

test('a cancel of an accepted call tells its handler, and nothing is sent', async (t) => {
  const bench = await open(t);
  const stream = await startChat(bench);
  const cancelled = new Promise((resolve) => stream.on('cancelled', resolve));
  bench.caller.write(bench.worker.inbox, [{ callId: idOf('chat'), sequence: 1, cancel: true }]);
  await cancelled;
  stream.write('late');
  await settle();
  t.deepEqual(bench.caller.rest(), []);
  t.is(bench.worker.callsRunning, 0);
});

test('a handler that drops its stream has ended it', async (t) => {
  const bench = await open(t);
  const stream = await startChat(bench);
  stream.destroy();
  t.is(endOf((await bench.caller.next()).frame), 'CANCELLED the handler left');
});

test('a writer waits for the room that its caller grants', async (t) => {
  const bench = await open(t);
  const { caller, worker } = bench;
  const stream = await startChat(bench);
  const message = 'x'.repeat(100_000);
  for (let count = 0; count < 4; count++) stream.write(message);
  stream.end();
  for (let count = 0; count < 3; count++) t.is((await caller.next()).frame.message?.length, 100_000);
  await settle();
  t.deepEqual(caller.rest(), []);
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 1, credit: 100_000 }]);
  let last = await caller.next();
  t.is(last.frame.message?.length, 100_000);
  if (last.frame.status === undefined) last = await caller.next();
  t.is(endOf(last.frame), 'OK');
});

test('a reader grants room once half of the window was read', async (t) => {
  const bench = await open(t);
  const { caller, worker } = bench;
  const stream = await startChat(bench);
  const message = Buffer.alloc(70_000, 'x');
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 1, message }]);
  caller.write(worker.inbox, [{ callId: idOf('chat'), sequence: 2, message }]);
  await settle();
  t.deepEqual(caller.rest(), [], 'the handler has read nothing');
  stream.resume();
  t.deepEqual(parts((await caller.next()).frame), { of: 'chat', sequence: 1, credit: 2 * (70_000 + 32) });
});

test('a unary call that runs long is accepted, so that it does not hold back its partition', async (t) => {
  const bench = await open(t, { acceptAfterMs: 2 });
  ask(bench, 'slow');
  const { answer } = await bench.handlers.asked.next();
  t.deepEqual(parts((await bench.caller.next()).frame), { of: 'slow', sequence: 0, accept: true });
  await until(() => committed(bench) === 1);
  answer(null, 'at last');
  const { frame } = await bench.caller.next();
  t.deepEqual([frame.sequence, String(frame.message), endOf(frame)], [1, 'at last', 'OK']);
});

// Peers and inboxes that are lost.

test('a caller that is not heard from ends its stream', async (t) => {
  const bench = await open(t, { leaseMs: 4 });
  const stream = await startChat(bench);
  const cancelled = new Promise((resolve) => stream.on('cancelled', resolve));
  bench.caller.write(bench.worker.inbox, [], [{ kind: 'lease', leaseMs: 1, echo: 0 }]);
  await cancelled;
  let last = await bench.caller.next();
  while (last.frame.status === undefined) last = await bench.caller.next();
  t.is(endOf(last.frame), 'UNAVAILABLE the caller was not heard from in time');
  t.is(bench.worker.counters.lostPeers, 1);
});

test.serial('accepted calls are cancelled if the inbox was deleted, and others go on', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const bench = await open(t);
  const stream = await startChat(bench);
  ask(bench, 'question');
  const { call, answer } = await bench.handlers.asked.next();
  await until(() => committed(bench) === 1);
  const cancelled = new Promise((resolve) => stream.on('cancelled', resolve));
  const { topic } = bench.worker.inbox;
  bench.broker.deleteTopic(topic);
  mock.timers.tick(30_000);
  await cancelled;
  t.not(bench.worker.inbox.topic, topic);
  t.false(call.cancelled);
  answer(null, 'answer');
  t.is(String((await bench.caller.next()).frame.message), 'answer');
});
