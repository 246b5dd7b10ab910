import { mock } from 'node:test';
import {
  Metadata,
  type ServerDuplexStream,
  ServerInterceptingCall,
  type ServerUnaryCall,
  type ServiceDefinition,
  status as Status,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { requestTopic } from '@wherry/endpoint';
import { type Log, LogError } from '@wherry/kafka';
import { MemoryBroker } from '@wherry/kafka/memory';
import { decodeRegistryRecord, encodeRecord, type Frame, type Opening } from '@wherry/wire';
import test, { type ExecutionContext } from 'ava';
import type { WorkerInstrumentation, WorkerObserver } from './instrumentation.js';
import { Arrivals, PlayedCaller, settle, until } from './played-caller.test.helpers.js';
import { openWorker, type Worker } from './worker.js';
import type { WorkerOptions } from './worker-options.js';

const service = 'test.Echo';
const requests = requestTopic('wherry', service);
const say = `/${service}/Say`;
const chat = `/${service}/Chat`;

const text = {
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => {
    if (bytes.toString() === 'unreadable') throw new Error('no text');
    return bytes.toString();
  },
  responseSerialize: (value: string) => {
    if (value === 'unwritable') throw new Error('no bytes');
    return Buffer.from(value);
  },
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
};
const definition: ServiceDefinition = {
  Say: { path: say, requestStream: false, responseStream: false, ...text },
  Chat: { path: chat, requestStream: true, responseStream: true, ...text },
  Missing: { path: `/${service}/Missing`, requestStream: false, responseStream: false, ...text },
};

/** A unary call that waits for the test to answer it. */
interface Asked {
  readonly request: string;
  readonly call: ServerUnaryCall<string, string>;
  readonly answer: sendUnaryData<string>;
  /** The worker whose handler has it. */
  readonly at: string;
}

type Chat = ServerDuplexStream<string, string>;

/** Handlers that leave all to the test. */
class Handlers {
  readonly asked = new Arrivals<Asked>();
  readonly chats = new Arrivals<Chat>();

  of(at: string) {
    return {
      Say: (call: ServerUnaryCall<string, string>, answer: sendUnaryData<string>): unknown => {
        const { request } = call;
        if (request === 'throw') throw new Error('the handler failed');
        if (request === 'reject') return Promise.reject(new Error('the handler failed later'));
        this.asked.add({ request, call, answer, at });
        return undefined;
      },
      Chat: (call: Chat) => this.chats.add(call),
    };
  }
}

interface Bench {
  readonly broker: MemoryBroker;
  readonly handlers: Handlers;
  readonly caller: PlayedCaller;
}

interface OpenWorker {
  readonly worker: Worker;
  readonly log: Log;
  readonly lines: string[];
}

/** A broker with a request topic, and a caller that the test plays. */
async function makeBench(t: ExecutionContext, partitions = 1): Promise<Bench> {
  const broker = new MemoryBroker();
  const caller = await PlayedCaller.open(t, broker);
  await caller.makeTopic(requests, partitions);
  return { broker, caller, handlers: new Handlers() };
}

/** A worker, closed with the test. */
async function openOn(
  t: ExecutionContext,
  { broker, handlers }: Bench,
  { name = 'worker', ...options }: Partial<WorkerOptions> & { name?: string } = {},
): Promise<OpenWorker> {
  const lines: string[] = [];
  const say = (...line: unknown[]): void => void lines.push(String(line.at(-1)));
  const opened: { log?: Log } = {};
  const all = {
    brokers: 'memory',
    discovery: false,
    commitIntervalMs: 1,
    logger: { warn: say, error: say },
    ...options,
  };
  const worker = await openWorker(all, (logOptions) => {
    opened.log = broker.open(logOptions);
    return Promise.resolve(opened.log);
  });
  t.teardown(() => {
    broker.reconnect();
    return worker.close();
  });
  worker.addService(definition, handlers.of(name));
  await worker.start();
  return { worker, log: opened.log as Log, lines };
}

async function open(
  t: ExecutionContext,
  { partitions, ...options }: Partial<WorkerOptions> = {},
): Promise<Bench & OpenWorker> {
  const bench = await makeBench(t, partitions);
  return { ...bench, ...(await openOn(t, bench, options)) };
}

function idOf(name: string): string {
  return name.padEnd(16, '.').slice(0, 16);
}

interface Request extends Partial<Frame> {
  readonly method?: string;
  readonly opening?: Partial<Opening>;
}

/** The frame of a unary request, with its text as the name of the call. */
function request(name: string, { method = say, opening, ...more }: Request = {}): Frame {
  const open = { method, metadata: [], ...opening };
  return { callId: idOf(name), sequence: 0, open, message: Buffer.from(name), halfClose: true, ...more };
}

function ask({ caller }: Bench, name: string, more: Request = {}, partition = 0): void {
  caller.write({ topic: requests, partition }, [request(name, more)]);
}

/** A stream whose handler has begun, and whose acceptance has come. */
async function startChat(bench: Bench, more: Partial<Frame> = {}): Promise<Chat> {
  ask(bench, 'chat', { method: chat, message: undefined, halfClose: undefined, ...more });
  const stream = await bench.handlers.chats.next();
  const { frame } = await bench.caller.next();
  if (!frame.accept) throw new Error('the call was not accepted');
  return stream;
}

/** The parts of a frame that it has, with its call's name. */
function parts({ callId, ...frame }: Frame): Record<string, unknown> {
  const has = Object.entries(frame).filter(([, value]) => value !== undefined && value !== false);
  return { of: callId.replace(/\.+$/, ''), ...Object.fromEntries(has) };
}

/** How a call ends, as its last frame says. */
function endOf({ status }: Frame): string {
  return status === undefined ? 'no end' : `${Status[status.code]} ${status.message}`.trim();
}

function committed({ broker }: Bench, partition = 0): number | undefined {
  return broker.committed(requests, requests, partition);
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

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
  t.is(call.getPeer(), 'kafka:caller');
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
  t.is(broker.records('caller', 0).length, 1);
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
  bench.broker.deleteTopic('caller');
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

// Leaving.

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
  t.deepEqual(registry(), [[service]]);
  await worker.drain();
  t.deepEqual(registry(), [[service], undefined]);
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

// Observers.

/** An instrumentation that says in `seen` what it sees, under its name. */
function watching(seen: string[], name: string, more: Partial<WorkerObserver> = {}): WorkerInstrumentation {
  return {
    workerMade: () => ({
      opened: () => void seen.push(`${name} opened`),
      closed: () => void seen.push(`${name} closed`),
      callRead: ({ method, callsInRecord, group, mayBeRedelivered }) => {
        seen.push(`${name} read ${method} ${callsInRecord} ${group} ${mayBeRedelivered}`);
        return {
          begun: () => void seen.push(`${name} begun`),
          skipped: (why) => void seen.push(`${name} skipped ${why}`),
          message: (direction, message) => void seen.push(`${name} ${direction} ${message}`),
          replying: () => void seen.push(`${name} replying`),
          over: (replied) => void seen.push(`${name} over ${replied}`),
          ended: ({ code }) => void seen.push(`${name} ended ${Status[code]}`),
        };
      },
      ...more,
    }),
  };
}

/** An observer passes over a second end of a call. */
function withoutSecondEnds(lines: readonly string[]): string[] {
  return lines.filter((line, index) => !line.includes('ended') || !lines[index - 1]?.includes('ended'));
}

test('two observers see the same of one worker, and of its close once', async (t) => {
  const seen: string[] = [];
  const bench = await open(t, { instrumentation: [watching(seen, 'a'), watching(seen, 'b')] });
  await settle();
  // Later than the partition was given, by the clock.
  const given = Date.now();
  await until(() => Date.now() > given);
  ask(bench, 'question');
  (await bench.handlers.asked.next()).answer(null, 'answer');
  await bench.caller.next();
  ask(bench, 'expired', { opening: { deadline: 1 } });
  await until(() => committed(bench) === 2);
  await Promise.all([bench.worker.close(), bench.worker.close()]);
  await bench.worker.drain();
  const of = (name: string): string[] =>
    seen.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(2));
  t.deepEqual(withoutSecondEnds(of('a')), [
    'opened',
    `read ${say} 1 ${requests} false`,
    'begun',
    'received question',
    'sent answer',
    'replying',
    'ended OK',
    'over true',
    `read ${say} 1 ${requests} false`,
    'skipped expired',
    'closed',
  ]);
  t.deepEqual(of('b'), of('a'));
});

test('a call that another worker may have begun is said to be so, and one that is left too', async (t) => {
  const seen: string[] = [];
  const bench = await makeBench(t);
  ask(bench, 'first');
  await settle();
  const written = Date.now();
  await until(() => Date.now() > written);
  const { worker } = await openOn(t, bench, { concurrency: 1, instrumentation: watching(seen, 'a') });
  await bench.handlers.asked.next();
  ask(bench, 'second');
  await until(() => worker.callsWaiting === 1);
  await worker.close();
  t.deepEqual(
    seen.filter((line) => !/ received | read | opened| ended CANCELLED/.test(line)),
    ['a begun', 'a ended UNAVAILABLE', 'a over false', 'a skipped left', 'a over false', 'a closed'],
  );
  t.is(seen[1], `a read ${say} 1 ${requests} true`);
});

test('two that propagate are a TypeError, and no log is opened', async (t) => {
  const seen: string[] = [];
  const instrumentation = ['a', 'b'].map((name) => watching(seen, name, { propagates: true }));
  const opening = openWorker({ brokers: 'memory', instrumentation }, () => {
    t.fail('a log was opened');
    return Promise.reject(new Error('not reached'));
  });
  await t.throwsAsync(opening, { instanceOf: TypeError, message: /2 members that propagate/ });
  t.deepEqual(seen, ['a closed', 'b closed']);
});

test('a worker that cannot be opened is told to its observers as closed', async (t) => {
  const broker = new MemoryBroker();
  const seen: string[] = [];
  const opening = openWorker({ brokers: 'memory', instrumentation: watching(seen, 'a') }, (logOptions) => {
    const log = broker.open(logOptions);
    broker.disconnect(log);
    return Promise.resolve(log);
  });
  await t.throwsAsync(opening, { instanceOf: LogError });
  t.deepEqual(seen, ['a closed']);
});
