import { status as Status } from '@grpc/grpc-js';
import test from 'ava';
import { accepted, open, parts } from './channel-bench.test.helpers.js';
import { HeardCall, inboxOf, ok, PlayedWorker, requests, settle } from './played-worker.test.helpers.js';

// Replies that are not as they should be.

test('frames of a worker that did not accept the call are passed over, and it is told to stop', async (t) => {
  const bench = await open(t);
  const other = await PlayedWorker.open(t, bench.broker, { name: 'other' });
  const { heard, opening } = await accepted(bench);
  other.send(opening, { sequence: 0, accept: true });
  other.send(opening, { sequence: 1, message: Buffer.from('not mine'), status: ok });
  const { frame, topic } = await other.next();
  t.is(topic, inboxOf('other'));
  t.deepEqual(parts(frame), { sequence: 1, cancel: true });
  bench.worker.send(opening, { sequence: 1, message: Buffer.from('mine'), status: ok });
  t.is(await heard.ended, 'OK');
  t.deepEqual(heard.heard, ['headers', 'mine', 'OK']);
  t.is(bench.channel.counters.lateFrames, 2);
  t.deepEqual(other.rest(), []);
});

test('a worker that accepts a call that is over is told to stop', async (t) => {
  const { channel, worker } = await open(t);
  const heard = new HeardCall(channel).unary();
  const opening = await worker.next();
  worker.send(opening, { sequence: 0, status: ok });
  await heard.ended;
  worker.send(opening, { sequence: 0, accept: true });
  const { frame, topic } = await worker.next();
  t.is(topic, inboxOf('worker'));
  t.deepEqual(parts(frame), { sequence: 1, cancel: true });
});

test('frames that come twice are given once', async (t) => {
  const bench = await open(t);
  const { broker, channel, worker } = bench;
  const { heard, opening } = await accepted(bench);
  broker.duplicateNext(channel.inbox.topic, 0);
  worker.send(opening, { sequence: 1, message: Buffer.from('one') });
  await heard.until('one');
  heard.call.startRead();
  broker.duplicateNext(channel.inbox.topic, 0);
  worker.send(opening, { sequence: 2, message: Buffer.from('two'), status: ok });
  t.is(await heard.ended, 'OK');
  await settle();
  t.deepEqual(heard.heard, ['headers', 'one', 'two', 'OK']);
  t.is(channel.counters.lateFrames, 2);
});

test('a frame that is missing ends the call with DATA_LOSS, and the worker is told', async (t) => {
  const bench = await open(t);
  const { heard, opening } = await accepted(bench);
  bench.broker.dropNext(bench.channel.inbox.topic, 0);
  bench.worker.send(opening, { sequence: 1, message: Buffer.from('lost') });
  bench.worker.send(opening, { sequence: 2, message: Buffer.from('next') });
  t.is(await heard.ended, 'DATA_LOSS a part of the reply is missing before frame 2');
  t.deepEqual(parts((await bench.worker.next()).frame), { sequence: 1, cancel: true });
  t.is(bench.channel.callsUnderWay, 0);
});

test('a reply that is too large ends the call, and says what to raise', async (t) => {
  const { channel, worker } = await open(t, { maxReceiveMessageLength: 10 });
  const heard = new HeardCall(channel).unary();
  worker.send(await worker.next(), { sequence: 0, headers: [], message: Buffer.alloc(11), status: ok });
  t.is(
    await heard.ended,
    'RESOURCE_EXHAUSTED Received message larger than max (11 vs. 10); raise maxReceiveMessageLength',
  );
  await settle();
  t.deepEqual(worker.rest(), [], 'the worker has ended the call, and needs no cancel');
  const exact = new HeardCall(channel).unary();
  worker.send(await worker.next(), { sequence: 0, headers: [], message: Buffer.alloc(10), status: ok });
  t.is(await exact.ended, 'OK');
});

test('a message that is too large is refused with its first part', async (t) => {
  const bench = await open(t, { maxReceiveMessageLength: 10 });
  const { heard, opening } = await accepted(bench);
  bench.worker.send(opening, { sequence: 1, message: Buffer.alloc(2), part: { offset: 0, total: 11 } });
  t.regex(await heard.ended, /^RESOURCE_EXHAUSTED .*\(11 vs\. 10\); raise maxReceiveMessageLength$/);
});

test('a request that is too large is not sent', async (t) => {
  const { broker, channel } = await open(t, { maxSendMessageLength: 5 });
  const heard = new HeardCall(channel).unary('123456');
  t.is(await heard.ended, 'RESOURCE_EXHAUSTED Attempted to send message with a size larger than 5');
  await settle();
  t.is(broker.records(requests, 0).length, 0);
});

// Parts, and room for them.

test('a message larger than a record waits for the acceptance, and travels in parts', async (t) => {
  const { channel, worker } = await open(t, { packing: { maxMessageBytes: 10 } });
  const heard = new HeardCall(channel).unary('0123456789abcdefghijklmno');
  const opening = await worker.next();
  t.is(opening.frame.message, undefined);
  t.falsy(opening.frame.halfClose);
  await settle();
  t.deepEqual(worker.rest(), []);
  worker.send(opening, { sequence: 0, accept: true });
  const got = [await worker.next(), await worker.next(), await worker.next()].map(({ frame }) => frame);
  t.deepEqual(
    got.map(({ message }) => String(message)),
    ['0123456789', 'abcdefghij', 'klmno'],
  );
  t.deepEqual(
    got.map(({ part }) => [part?.offset, part?.total]),
    [
      [0, 25],
      [10, 25],
      [20, 25],
    ],
  );
  t.is(typeof got[2]?.part?.checksum, 'number');
  t.true(got[2]?.halfClose);
  const checksum = got[2]?.part?.checksum;
  worker.send(opening, ...got.map((frame, index) => ({ ...frame, sequence: index + 1, halfClose: false })));
  worker.send(opening, { sequence: 4, status: ok });
  t.truthy(checksum);
  t.is(await heard.ended, 'OK');
  t.deepEqual(heard.heard, ['0123456789abcdefghijklmno', 'OK']);
});

for (const [wrong, part] of [
  ['begins later', { offset: 3, total: 5 }],
  ['has another sum', { offset: 2, total: 4, checksum: 1 }],
] as const) {
  test(`a message whose second part ${wrong} ends the call with DATA_LOSS`, async (t) => {
    const bench = await open(t);
    const { heard, opening } = await accepted(bench);
    bench.worker.send(opening, { sequence: 1, message: Buffer.alloc(2), part: { offset: 0, total: part.total } });
    bench.worker.send(opening, { sequence: 2, message: Buffer.alloc(2), part });
    t.is(await heard.ended, 'DATA_LOSS the parts of a reply message do not fit together');
  });
}

test('a success within a message is DATA_LOSS, and an error is that error', async (t) => {
  const bench = await open(t);
  const results = [];
  for (const status of [ok, { ...ok, code: Status.ABORTED }]) {
    const { heard, opening } = await accepted(bench);
    bench.worker.send(opening, { sequence: 1, message: Buffer.alloc(2), part: { offset: 0, total: 4 } });
    bench.worker.send(opening, { sequence: 2, status });
    results.push(await heard.ended);
    await settle();
    bench.worker.rest();
  }
  t.deepEqual(results, ['DATA_LOSS the reply ended within a message', 'ABORTED']);
});

test('a writer waits for room, and goes on once it is granted', async (t) => {
  const bench = await open(t);
  const { heard, opening } = await accepted(bench);
  const { worker } = bench;
  const taken: number[] = [];
  for (let count = 0; count < 4; count++) heard.send(Buffer.alloc(100_000, count), () => void taken.push(count));
  heard.call.halfClose();
  for (let count = 0; count < 3; count++) t.is((await worker.next()).frame.message?.[0], count);
  await settle();
  t.deepEqual([taken, worker.rest()], [[0, 1, 2], []]);
  worker.send(opening, { sequence: 1, credit: 100_000 });
  const last = await worker.next();
  t.is(last.frame.message?.[0], 3);
  t.true(last.frame.halfClose);
  await settle();
  t.deepEqual(taken, [0, 1, 2, 3]);
});

test('a reader grants room when it has read half of the window', async (t) => {
  const bench = await open(t);
  const { heard, opening } = await accepted(bench);
  const message = Buffer.alloc(70_000);
  bench.worker.send(opening, { sequence: 1, message });
  await heard.until(message.toString());
  bench.worker.send(opening, { sequence: 2, message });
  await settle();
  t.deepEqual(bench.worker.rest(), []);
  heard.call.startRead();
  const { frame } = await bench.worker.next();
  t.is(frame.credit, 2 * (70_000 + 32));
});
