import { EventEmitter } from 'node:events';
import { mock } from 'node:test';
import {
  connectivityState,
  credentials,
  Metadata,
  propagate as Propagate,
  type ServerUnaryCall,
  status as Status,
} from '@grpc/grpc-js';
import { LogError } from '@wherry/kafka';
import { MemoryBroker } from '@wherry/kafka/memory';
import { encodeRecord, type Frame, type MetadataEntries } from '@wherry/wire';
import test, { type ExecutionContext } from 'ava';
import { openChannel, type WherryChannel } from './channel.js';
import type { ChannelOptions } from './channel-options.js';
import type { ChannelObserver, ClientInstrumentation } from './instrumentation.js';
import {
  type GotFrame,
  HeardCall,
  method,
  ok,
  PlayedWorker,
  requests,
  service,
  settle,
} from './played-worker.test.helpers.js';

interface Bench {
  readonly broker: MemoryBroker;
  readonly channel: WherryChannel;
  readonly worker: PlayedWorker;
}

/** A logger that says nothing. */
const quiet = { warn: () => undefined, error: () => undefined };

/** A channel and a worker that the test plays, on a broker of their own. */
async function open(
  t: ExecutionContext,
  { partitions = 1, ...options }: Partial<ChannelOptions> & { partitions?: number } = {},
): Promise<Bench> {
  const broker = new MemoryBroker();
  const worker = await PlayedWorker.open(t, broker, { partitions });
  return { broker, worker, channel: await openOn(t, broker, options) };
}

async function openOn(
  t: ExecutionContext,
  broker: MemoryBroker,
  options: Partial<ChannelOptions> = {},
): Promise<WherryChannel> {
  const all = { brokers: 'memory', discovery: false, logger: quiet, ...options };
  const channel = await openChannel(all, (logOptions) => Promise.resolve(broker.open(logOptions)));
  t.teardown(() => {
    broker.reconnect();
    return channel.close();
  });
  return channel;
}

/** A call that the worker has accepted. */
async function accepted({ channel, worker }: Bench): Promise<{ heard: HeardCall; opening: GotFrame }> {
  const heard = new HeardCall(channel).start().send('first');
  const opening = await worker.next();
  worker.send(opening, { sequence: 0, accept: true, headers: [] });
  await heard.until('headers');
  return { heard, opening };
}

/** The parts of a frame that it has. */
function parts(frame: Frame): Partial<Frame> {
  return Object.fromEntries(
    Object.entries(frame).filter(([name, value]) => name !== 'callId' && value !== undefined && value !== false),
  );
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

function entries(list: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(list)) metadata.add(key, value);
  return metadata;
}

// Unary calls.

test('a unary call is one record there and one back', async (t) => {
  const { broker, channel, worker } = await open(t);
  const heard = new HeardCall(channel).unary('question', entries({ mine: 'yes' }));
  t.is(channel.callsUnderWay, 1);
  const opening = await worker.next();
  const { callId } = opening.frame;
  const trailers: MetadataEntries = [['last', '2']];
  const status = { code: Status.OK, message: 'fine', trailers };
  worker.send(opening, { sequence: 0, headers: [['first', '1']], message: Buffer.from('answer'), status });
  t.is(await heard.ended, 'OK fine');
  t.deepEqual(heard.heard, ['headers', 'answer', 'OK fine']);
  t.deepEqual(heard.headers?.getMap(), { first: '1' });
  t.deepEqual(heard.status?.metadata.getMap(), { last: '2' });
  t.is(channel.callsUnderWay, 0);
  t.is(heard.call.getPeer(), 'unknown', 'nobody accepted it');
  const records = broker.records(requests, 0).map(({ key, value }) => ({ key, value }));
  const open_ = { method, metadata: [['mine', 'yes']] as MetadataEntries };
  const message = Buffer.from('question');
  t.deepEqual(records, [
    encodeRecord({ sender: channel.inbox, frames: [{ callId, sequence: 0, open: open_, message, halfClose: true }] }),
  ]);
});

test('an opening has the deadline, the authority and the wish to wait', async (t) => {
  const { channel, worker } = await open(t);
  const deadline = Date.now() + 60_000;
  const metadata = new Metadata({ waitForReady: true });
  metadata.add('key', 'one');
  metadata.add('key', 'two');
  metadata.add('key-bin', Buffer.from([0, 255]));
  new HeardCall(channel, method, deadline, 'shop.example').unary('', metadata);
  const { frame } = await worker.next();
  t.deepEqual(
    { ...frame.open },
    {
      method,
      deadline,
      authority: 'shop.example',
      waitForReady: true,
      metadata: [
        ['key', 'one'],
        ['key', 'two'],
        ['key-bin', Buffer.from([0, 255])],
      ],
    },
  );
  t.is(frame.message?.length, 0);
});

test('calls of one turn share a record, once the route is known', async (t) => {
  const { broker, channel, worker } = await open(t);
  new HeardCall(channel).unary();
  await worker.next();
  for (let count = 0; count < 3; count++) new HeardCall(channel).unary(`call ${count}`);
  for (let count = 0; count < 3; count++) t.is(String((await worker.next()).frame.message), `call ${count}`);
  t.is(broker.records(requests, 0).length, 2);
});

test('a reply from another worker than the first answers too: nobody accepted the call', async (t) => {
  const { broker, channel, worker } = await open(t);
  const other = await PlayedWorker.open(t, broker, { name: 'other' });
  const heard = new HeardCall(channel).unary();
  const opening = await worker.next();
  other.send(opening, { sequence: 0, headers: [], message: Buffer.from('answer'), status: ok });
  t.is(await heard.ended, 'OK');
});

test('an error without a message is a status alone', async (t) => {
  const { channel, worker } = await open(t);
  const heard = new HeardCall(channel).unary();
  const status = { code: Status.NOT_FOUND, message: 'no such thing', trailers: [] };
  worker.send(await worker.next(), { sequence: 0, status });
  t.is(await heard.ended, 'NOT_FOUND no such thing');
  t.deepEqual(heard.heard, ['NOT_FOUND no such thing']);
});

test('a method that is none is a TypeError', async (t) => {
  const { channel } = await open(t);
  t.throws(() => new HeardCall(channel, 'Say'), { instanceOf: TypeError, message: /package\.Service\/Method/ });
});

// Deadlines, cancels and parents.

test('a deadline ends the call here, and needs no cancel', async (t) => {
  const { broker, channel, worker } = await open(t);
  const deadline = Date.now() + 30;
  const heard = new HeardCall(channel, method, deadline).unary();
  t.is(await heard.ended, 'DEADLINE_EXCEEDED Deadline exceeded');
  t.true(Date.now() >= deadline);
  await settle();
  t.true(broker.records(requests, 0).length <= 1);
  t.true(worker.rest().every(({ cancel }) => !cancel));
});

test('a call whose deadline has passed is not sent', async (t) => {
  const { broker, channel } = await open(t);
  const heard = new HeardCall(channel, method, Date.now() - 1).unary();
  t.is(await heard.ended, 'DEADLINE_EXCEEDED the deadline had passed before the call began');
  await settle();
  t.is(broker.records(requests, 0).length, 0);
});

test('the service config limits the time of a call', async (t) => {
  const serviceConfig = { methodConfig: [{ name: [{ service }], timeout: '0.01s' }] };
  const { channel } = await open(t, { serviceConfig });
  t.is(await new HeardCall(channel).unary().ended, 'DEADLINE_EXCEEDED Deadline exceeded');
});

test('a cancel in the turn of the opening travels with it, or instead of it', async (t) => {
  const { broker, channel, worker } = await open(t);
  const early = new HeardCall(channel).unary();
  early.call.cancelWithStatus(Status.CANCELLED, 'no');
  t.is(await early.ended, 'CANCELLED no');
  await settle();
  t.is(broker.records(requests, 0).length, 0, 'its route was not known yet');
  new HeardCall(channel).unary();
  await worker.next();
  const heard = new HeardCall(channel).unary();
  heard.call.cancelWithStatus(Status.CANCELLED, 'no');
  t.is(await heard.ended, 'CANCELLED no');
  const { frame } = await worker.next();
  t.true(frame.cancel);
  t.is(frame.open?.method, method);
  t.deepEqual(worker.rest(), []);
});

test('a cancel before the call was accepted follows its opening to the same partition', async (t) => {
  const { channel, worker } = await open(t, { partitions: 3 });
  for (let count = 0; count < 3; count++) {
    const heard = new HeardCall(channel).unary();
    const { frame, partition } = await worker.next();
    heard.call.cancelWithStatus(Status.CANCELLED, 'no');
    t.is(await heard.ended, 'CANCELLED no');
    const cancel = await worker.next();
    t.deepEqual([cancel.topic, cancel.partition, cancel.frame.callId], [requests, partition, frame.callId]);
    t.deepEqual(parts(cancel.frame), { sequence: 1, cancel: true });
  }
});

test('a cancel of an accepted call goes to the worker that accepted it', async (t) => {
  const bench = await open(t);
  const { heard, opening } = await accepted(bench);
  t.is(heard.call.getPeer(), 'kafka:worker');
  heard.call.cancelWithStatus(Status.CANCELLED, 'no');
  heard.call.cancelWithStatus(Status.ABORTED, 'again');
  t.is(await heard.ended, 'CANCELLED no');
  const { topic, frame } = await bench.worker.next();
  t.is(topic, 'worker');
  t.deepEqual(parts(frame), { sequence: 1, cancel: true });
  bench.worker.send(opening, { sequence: 1, message: Buffer.from('late') });
  await settle();
  t.is(bench.channel.counters.lateFrames, 1);
  t.deepEqual(heard.heard, ['headers', 'CANCELLED no']);
});

test('a call that is cancelled before it is started ends so, and is not sent', async (t) => {
  const { broker, channel } = await open(t);
  const heard = new HeardCall(channel);
  heard.call.cancelWithStatus(Status.CANCELLED, 'never mind');
  heard.unary();
  t.is(await heard.ended, 'CANCELLED never mind');
  await settle();
  t.is(broker.records(requests, 0).length, 0);
  t.is(channel.callsUnderWay, 0);
});

test('a call inherits the deadline and the cancel of its parent, if it is to', async (t) => {
  const { channel, worker } = await open(t);
  const deadline = Date.now() + 60_000;
  const parent = Object.assign(new EventEmitter(), { cancelled: false, getDeadline: () => deadline });
  const served = parent as unknown as ServerUnaryCall<unknown, unknown>;
  const heard = new HeardCall(channel, method, undefined, undefined, served).unary();
  t.is((await worker.next()).frame.open?.deadline, deadline);
  const own = new HeardCall(channel, method, undefined, undefined, served, Propagate.CENSUS_STATS_CONTEXT).unary();
  t.is((await worker.next()).frame.open?.deadline, undefined);
  parent.cancelled = true;
  parent.emit('cancelled', 'cancelled');
  t.is(await heard.ended, 'CANCELLED Cancelled by parent call');
  t.is(parent.listenerCount('cancelled'), 0);
  t.is(own.status, undefined);
  const late = new HeardCall(channel, method, undefined, undefined, served).unary();
  t.is(await late.ended, 'CANCELLED Cancelled by parent call');
});

// Replies that are not as they should be.

test('frames of a worker that did not accept the call are passed over, and it is told to stop', async (t) => {
  const bench = await open(t);
  const other = await PlayedWorker.open(t, bench.broker, { name: 'other' });
  const { heard, opening } = await accepted(bench);
  other.send(opening, { sequence: 0, accept: true });
  other.send(opening, { sequence: 1, message: Buffer.from('not mine'), status: ok });
  const { frame, topic } = await other.next();
  t.is(topic, 'other');
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
  t.is(topic, 'worker');
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

// Workers, inboxes and brokers that are lost.

test('a worker that is not heard from within its lease is gone, and its call ends behind what came', async (t) => {
  const bench = await open(t, { leaseMs: 4 });
  const { heard, opening } = await accepted(bench);
  bench.worker.send(opening, { sequence: 1, message: Buffer.from('last') });
  bench.worker.write(bench.channel.inbox, [], [{ kind: 'lease', leaseMs: 1, echo: 0 }]);
  t.is(await heard.ended, 'UNAVAILABLE the worker kafka:worker is gone: it was not heard from in time');
  t.deepEqual(heard.heard.slice(0, 2), ['headers', 'last']);
  t.deepEqual(parts((await bench.worker.next()).frame), { sequence: 1, cancel: true });
  t.is(bench.channel.counters.lostPeers, 1);
  t.is(bench.channel.callsUnderWay, 0);
});

test.serial('calls under way end if the inbox was deleted, and new ones use another', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const { broker, channel, worker } = await open(t);
  const heard = new HeardCall(channel).unary();
  await worker.next();
  const { topic } = channel.inbox;
  broker.deleteTopic(topic);
  mock.timers.tick(30_000);
  t.is(await heard.ended, 'UNAVAILABLE the inbox of this channel was deleted');
  t.not(channel.inbox.topic, topic);
  t.true((await worker.next()).frame.cancel);
  const next = new HeardCall(channel).unary();
  const opening = await worker.next();
  t.deepEqual(opening.sender, channel.inbox);
  worker.send(opening, { sequence: 0, status: ok });
  t.is(await next.ended, 'OK');
});

test('while Kafka is lost new calls fail at once, and those that wait for it go on when it is back', async (t) => {
  const { broker, channel, worker } = await open(t);
  new HeardCall(channel).unary('before');
  await worker.next();
  t.is(channel.getConnectivityState(false), connectivityState.READY);
  const lost = new Promise<void>((resolve) =>
    channel.watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, () => resolve()),
  );
  broker.disconnect();
  await lost;
  t.is(channel.getConnectivityState(false), connectivityState.TRANSIENT_FAILURE);
  t.regex(
    await new HeardCall(channel).unary().ended,
    /^UNAVAILABLE no Kafka broker can be reached: .*connections are down/,
  );
  const waiting = new HeardCall(channel).unary('waits', new Metadata({ waitForReady: true }));
  await settle();
  t.is(waiting.status, undefined);
  t.deepEqual(worker.rest(), []);
  const back = new Promise<void>((resolve) =>
    channel.watchConnectivityState(connectivityState.TRANSIENT_FAILURE, Number.POSITIVE_INFINITY, () => resolve()),
  );
  broker.reconnect();
  await back;
  const opening = await worker.next();
  t.is(String(opening.frame.message), 'waits');
  worker.send(opening, { sequence: 0, status: ok });
  t.is(await waiting.ended, 'OK');
});

test('a watch of the connectivity ends at its deadline with an error', async (t) => {
  const { channel } = await open(t);
  const error = await new Promise<Error | undefined>((resolve) =>
    channel.watchConnectivityState(connectivityState.READY, Date.now() + 1, resolve),
  );
  t.regex(error?.message ?? '', /Deadline passed/);
});

test('a call whose opening could not be delivered is UNAVAILABLE', async (t) => {
  const { broker, channel, worker } = await open(t);
  new HeardCall(channel).unary();
  await worker.next();
  const heard = new HeardCall(channel).unary();
  broker.disconnect();
  await settle();
  t.is(heard.status, undefined);
  broker.expireRecords();
  t.regex(await heard.ended, /^UNAVAILABLE .*timed out/);
  t.is(channel.callsUnderWay, 1, 'the first has its opening in the topic');
});

test('a request topic that was deleted is looked for again', async (t) => {
  const { broker, channel, worker } = await open(t);
  new HeardCall(channel).unary();
  await worker.next();
  broker.deleteTopic(requests);
  t.regex(await new HeardCall(channel).unary().ended, /^UNAVAILABLE .*[Uu]nknown topic/);
  t.is(
    await new HeardCall(channel).unary().ended,
    `UNAVAILABLE nobody serves ${service}: there is no request topic ${requests}`,
  );
  await worker.makeRequestTopic();
  const heard = new HeardCall(channel).unary();
  let opening = await worker.next();
  while (opening.frame.open === undefined) opening = await worker.next();
  worker.send(opening, { sequence: 0, status: ok });
  t.is(await heard.ended, 'OK');
});

test('with discovery a call needs a worker that is registered, or waits for one', async (t) => {
  const { channel, worker } = await open(t, { discovery: true });
  await channel.services.ready();
  t.regex(await new HeardCall(channel).unary().ended, /^UNAVAILABLE nobody serves test\.Echo: no live worker/);
  const waiting = new HeardCall(channel).unary('waits', new Metadata({ waitForReady: true }));
  await settle();
  t.deepEqual(worker.rest(), []);
  await worker.register();
  const opening = await worker.next();
  worker.send(opening, { sequence: 0, status: ok });
  t.is(await waiting.ended, 'OK');
  t.deepEqual(channel.services.names, [service]);
});

test('a worker whose inbox is gone ends its call with the first frame that is written to it', async (t) => {
  const bench = await open(t);
  const { heard } = await accepted(bench);
  bench.broker.deleteTopic('worker');
  heard.send('second');
  t.regex(await heard.ended, /^UNAVAILABLE .*[Uu]nknown topic/);
  t.is(bench.channel.callsUnderWay, 0);
});

test('records wait while the client library has no room, and leave in order once it has', async (t) => {
  const { broker, channel, worker } = await open(t);
  new HeardCall(channel).unary();
  await worker.next();
  broker.refuseRecords();
  const names = ['a', 'b'];
  for (const name of names) {
    new HeardCall(channel).unary(name);
    await settle();
  }
  t.is(channel.recordsWaiting, 2);
  broker.acceptRecords();
  for (const name of names) t.is(String((await worker.next()).frame.message), name);
  t.is(channel.recordsWaiting, 0);
});

test('channels that share an inbox pass over the replies of each other', async (t) => {
  const broker = new MemoryBroker();
  const worker = await PlayedWorker.open(t, broker);
  await PlayedWorker.open(t, broker, { name: 'shared' });
  const channels = [await openOn(t, broker, { inbox: { topic: 'shared' } })];
  channels.push(await openOn(t, broker, { inbox: { topic: 'shared' } }));
  const calls = channels.map((channel) => new HeardCall(channel).unary());
  const openings = [await worker.next(), await worker.next()];
  t.not(openings[0]?.sender.instance, openings[1]?.sender.instance);
  for (const opening of openings) worker.send(opening, { sequence: 0, status: ok });
  for (const call of calls) t.is(await call.ended, 'OK');
  await settle();
  for (const { counters } of channels) t.is(counters.lateFrames, 0);
});

// Opening.

test('metadata that does not fit a record ends its call alone', async (t) => {
  const { channel, worker } = await open(t);
  new HeardCall(channel).unary();
  await worker.next();
  const fits = new HeardCall(channel).unary('fits');
  const large = new HeardCall(channel).unary('', entries({ large: 'x'.repeat(1_000_000) }));
  t.regex(await large.ended, /^RESOURCE_EXHAUSTED .*too large/);
  const opening = await worker.next();
  t.is(String(opening.frame.message), 'fits');
  worker.send(opening, { sequence: 0, status: ok });
  t.is(await fits.ended, 'OK');
});

test('credentials of a call add to its metadata, and end it if they fail', async (t) => {
  const { channel, worker } = await open(t);
  const heard = new HeardCall(channel);
  const urls: string[] = [];
  heard.call.setCredentials(
    credentials.createFromMetadataGenerator(({ service_url }, callback) => {
      urls.push(service_url);
      callback(null, entries({ authorization: 'me' }));
    }),
  );
  heard.unary('request', entries({ mine: 'yes' }));
  const { frame } = await worker.next();
  t.deepEqual(frame.open?.metadata, [
    ['mine', 'yes'],
    ['authorization', 'me'],
  ]);
  t.deepEqual(urls, ['https://wherry/test.Echo']);
  const refused = new HeardCall(channel);
  refused.call.setCredentials(
    credentials.createFromMetadataGenerator((_parameters, callback) => callback(new Error('who are you?'))),
  );
  t.is(await refused.unary().ended, 'UNAUTHENTICATED who are you?');
});

test('calls with an equal ordering key go to one partition, and the key of the metadata stays here', async (t) => {
  const { channel, worker } = await open(t, { partitions: 8 });
  const partitions = new Set<number>();
  for (let count = 0; count < 8; count++) {
    // Field 1 of a protobuf message: "same".
    new HeardCall(channel).unary('\n\u0004same', entries({ 'wherry-ordering-field': '1', mine: `${count}` }));
    const { frame, partition } = await worker.next();
    t.deepEqual(frame.open?.metadata, [['mine', `${count}`]]);
    partitions.add(partition);
  }
  t.is(partitions.size, 1);
  const wrong = new HeardCall(channel).unary('', entries({ 'wherry-ordering-field': 'customer.id' }));
  t.regex(await wrong.ended, /^INVALID_ARGUMENT wherry-ordering-field is "customer\.id"/);
});

// Retries.

const retrying = {
  methodConfig: [
    {
      name: [{ service }],
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: '0.001s',
        maxBackoff: '0.001s',
        backoffMultiplier: 1,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
};
const unavailable = { ...ok, code: Status.UNAVAILABLE };

test('draining waits for calls, and for those between two attempts', async (t) => {
  const { channel, worker } = await open(t, { serviceConfig: retrying, partitions: 2 });
  const state = { drained: false };
  const heard = new HeardCall(channel).unary();
  const first = await worker.next();
  const draining = channel.drain().then(() => {
    state.drained = true;
  });
  worker.send(first, { sequence: 0, status: unavailable });
  const second = await worker.next();
  t.false(state.drained);
  t.not(second.partition, first.partition, 'another attempt is for another worker');
  t.not(second.frame.callId, first.frame.callId);
  t.deepEqual(second.frame.open?.metadata, [['grpc-previous-rpc-attempts', '1']]);
  t.is(channel.callsUnderWay, 1);
  worker.send(second, { sequence: 0, status: ok });
  t.is(await heard.ended, 'OK');
  await draining;
  t.true(channel.closed);
});

test('draining without calls closes at once', async (t) => {
  const { channel } = await open(t);
  await channel.drain();
  t.true(channel.closed);
  await channel[Symbol.asyncDispose]();
});

// Closing.

test('closing ends calls with UNAVAILABLE, tells their workers, and leaves no inbox and no timer', async (t) => {
  const before = timers();
  const bench = await open(t, { serviceConfig: retrying, discovery: true });
  const { broker, channel, worker } = bench;
  await worker.register();
  const { heard } = await accepted(bench);
  const waiting = new HeardCall(channel).unary();
  const opening = await worker.next();
  const unserved = new HeardCall(channel, '/test.Nobody/Say').unary('', new Metadata({ waitForReady: true }));
  const inbox = channel.inbox.topic;
  const closing = channel.close();
  for (const call of [heard, waiting, unserved]) t.is(await call.ended, 'UNAVAILABLE the channel was closed');
  await closing;
  await channel.close();
  const got = [await worker.next(), await worker.next()];
  t.deepEqual(
    got.map(({ topic, frame: { cancel } }) => [topic, cancel]).sort(),
    [
      [requests, true],
      ['worker', true],
    ].sort(),
  );
  t.true(got.some(({ frame }) => frame.callId === opening.frame.callId));
  t.is(broker.topicConfig(inbox), undefined);
  t.is(timers(), before);
  t.throws(() => new HeardCall(channel), { message: /createCall: this channel was closed/ });
  t.throws(() => channel.getConnectivityState(false), { message: /was closed/ });
});

test('closing while Kafka is lost ends the calls too', async (t) => {
  const { broker, channel, worker } = await open(t);
  const heard = new HeardCall(channel).unary();
  await worker.next();
  broker.disconnect();
  await channel.close();
  t.is(await heard.ended, 'UNAVAILABLE the channel was closed');
});

test('closing ends a call that waits for its next attempt, and leaves no timer', async (t) => {
  const before = timers();
  const [config] = retrying.methodConfig;
  const retryPolicy = { ...config?.retryPolicy, initialBackoff: '60s', maxBackoff: '60s' };
  const serviceConfig = { methodConfig: [{ name: [{ service }], retryPolicy }] } as NonNullable<
    ChannelOptions['serviceConfig']
  >;
  const { channel, worker } = await open(t, { serviceConfig });
  const heard = new HeardCall(channel).unary();
  worker.send(await worker.next(), { sequence: 0, status: unavailable });
  while (timers() <= before) await settle();
  await settle();
  t.is(channel.callsUnderWay, 1);
  const draining = channel.drain();
  await channel.close();
  await draining;
  t.is(await heard.ended, 'UNAVAILABLE the channel was closed');
  t.is(channel.callsUnderWay, 0);
  t.is(timers(), before);
});

// Observers.

/** An instrumentation that says in `seen` what it sees, under its name. */
function watching(seen: string[], name: string, more: Partial<ChannelObserver> = {}): ClientInstrumentation {
  return {
    channelMade: () => ({
      opened: () => void seen.push(`${name} opened`),
      closed: () => void seen.push(`${name} closed`),
      records: { sent: (topic) => void (topic === requests && seen.push(`${name} sent`)) },
      callMade: ({ method: path, target }) => {
        seen.push(`${name} made ${path} ${target}`);
        return {
          started: () => void seen.push(`${name} started`),
          message: (direction, message) => void seen.push(`${name} ${direction} ${message}`),
          opening: (_id, previous) => void seen.push(`${name} opening ${previous}`),
          forgotten: () => void seen.push(`${name} forgotten`),
          ended: ({ code }) => void seen.push(`${name} ended ${Status[code]}`),
        };
      },
      ...more,
    }),
  };
}

test('two observers see the same of one channel, and of its close once', async (t) => {
  const seen: string[] = [];
  const { channel, worker } = await open(t, { instrumentation: [watching(seen, 'a'), watching(seen, 'b')] });
  const heard = new HeardCall(channel).unary('question');
  worker.send(await worker.next(), { sequence: 0, headers: [], message: Buffer.from('answer'), status: ok });
  await heard.ended;
  await Promise.all([channel.close(), channel.close()]);
  await channel.drain();
  const of = (name: string): string[] =>
    seen.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(2));
  t.deepEqual(of('a'), [
    'opened',
    `made ${method} ${requests}`,
    'started',
    'sent question',
    'opening 0',
    'sent',
    'forgotten',
    'received answer',
    'ended OK',
    'closed',
  ]);
  t.deepEqual(of('b'), of('a'));
});

test('two that propagate are a TypeError, and no log is opened', async (t) => {
  const seen: string[] = [];
  const instrumentation = ['a', 'b'].map((name) => watching(seen, name, { propagates: true }));
  const opening = openChannel({ brokers: 'memory', instrumentation }, () => {
    t.fail('a log was opened');
    return Promise.reject(new Error('not reached'));
  });
  await t.throwsAsync(opening, { instanceOf: TypeError, message: /2 members that propagate/ });
  t.deepEqual(seen, ['a closed', 'b closed']);
});

test('one that propagates gives the metadata that travels, whoever else watches', async (t) => {
  const seen: string[] = [];
  const propagator = {
    inject: (metadata: Metadata) => metadata,
    entries: [['traceparent', 'mine']] as MetadataEntries,
  };
  const propagating: ClientInstrumentation = {
    channelMade: () => ({
      propagates: true,
      callMade: () => ({ started() {}, message() {}, ended() {}, quiet: true, propagator }),
    }),
  };
  const { channel, worker } = await open(t, { instrumentation: [watching(seen, 'a'), propagating] });
  new HeardCall(channel).unary('', entries({ traceparent: 'theirs', mine: 'yes' }));
  t.deepEqual((await worker.next()).frame.open?.metadata, [
    ['mine', 'yes'],
    ['traceparent', 'mine'],
  ]);
});

test('a channel that cannot be opened is told to its observers as closed', async (t) => {
  const broker = new MemoryBroker();
  const seen: string[] = [];
  const opening = openChannel(
    { brokers: 'memory', logger: quiet, instrumentation: watching(seen, 'a') },
    (logOptions) => {
      const log = broker.open(logOptions);
      broker.disconnect(log);
      return Promise.resolve(log);
    },
  );
  await t.throwsAsync(opening, { instanceOf: LogError });
  t.deepEqual(seen, ['a closed']);
});
