import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import anyTest from 'ava';
import type { EchoClient, Message } from './gen/echo.js';
import { realKafka, useBroker } from './support/brokers.js';
import { echo, echoWith, message, unary } from './support/echo.js';
import { type EndpointProcess, startProcess, startWorkerProcess } from './support/endpoint-process.js';
import { clientOf, Harness, signal, workerReady } from './support/harness.js';
import { makeMixedCalls, type Outcome } from './support/mixed-calls.js';

const test = anyTest;
const brokers = useBroker(test);

/** How soon a call whose worker died must end. */
const LOST_WORKER_MS = 20_000;

const count = (outcomes: readonly Outcome[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind, code } of outcomes) {
    const name = `${kind} ${status[code]}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

test('10,000 mixed calls with 200 in flight end once each, with the right answer', async (t) => {
  t.timeout(180_000);
  const h = new Harness(t, brokers());
  await Promise.all([1, 2, 3].map(() => startWorkerProcess(t, h.brokers, h.namespace)));
  const channel = await h.channel();
  const outcomes = await makeMixedCalls(clientOf(channel), { wanted: 10_000, inFlight: 200 });
  t.log(count(outcomes));
  t.is(outcomes.length, 10_000);
  t.deepEqual(
    outcomes.filter(({ code, wrong, ends }) => code !== status.OK || wrong !== undefined || ends !== 1),
    [],
  );
  t.is(channel.callsUnderWay, 0);
});

test('the same while a worker joins, another drains, and one is killed', async (t) => {
  t.timeout(180_000);
  const h = new Harness(t, brokers());
  const workers = await Promise.all([1, 2, 3].map(() => startWorkerProcess(t, h.brokers, h.namespace)));
  const [draining, killed] = workers as [EndpointProcess, EndpointProcess, EndpointProcess];
  const channel = await h.channel();
  const client = clientOf(channel);
  await workerReady(client);
  const held = await holdStreams(client, 60, new Set(workers.map(({ inbox }) => inbox)));

  let changing = true;
  const calls = makeMixedCalls(client, { wanted: 10_000, inFlight: 200, more: () => changing });
  await startWorkerProcess(t, h.brokers, h.namespace);
  const drained = draining.drain();
  let killedAt = Number.POSITIVE_INFINITY;
  // The embedded broker notices a dead member of a group only after 45 s.
  if (realKafka !== undefined) {
    await killed.kill();
    killedAt = Date.now();
    const lost = held.filter(({ peer }) => peer() === killed.inbox);
    t.true(lost.length > 0, 'no stream was held by the worker that was killed');
    for (const stream of lost) {
      const { code, at } = await stream.ended;
      t.is(code, status.UNAVAILABLE);
      t.true(at - killedAt <= LOST_WORKER_MS, `a stream of the killed worker ended after ${at - killedAt} ms`);
    }
  }
  for (const stream of held) stream.finish();
  t.is(await drained, 0);
  changing = false;
  const outcomes = await calls;
  t.log(count(outcomes));

  const streams = await Promise.all(held.map(({ ended, peer }) => ended.then(({ code }) => ({ code, peer: peer() }))));
  t.deepEqual(
    streams.filter(({ code, peer }) => code !== status.OK && peer !== killed.inbox),
    [],
    'a stream ended though its worker lived',
  );
  t.deepEqual(
    outcomes.filter(({ kind, code }) => kind === 'unary' && code !== status.OK),
    [],
    'a unary call was not answered',
  );
  t.deepEqual(
    outcomes.filter(({ code }) => code !== status.OK && code !== status.UNAVAILABLE),
    [],
    'a stream ended with something else than UNAVAILABLE',
  );
  t.deepEqual(
    outcomes.filter(({ wrong, ends }) => wrong !== undefined || ends !== 1),
    [],
    'a wrong answer, or a call that did not end once',
  );
  t.is(channel.callsUnderWay, 0);
});

const onEmbedded = realKafka === undefined ? test : test.skip;

onEmbedded(
  'calls avoid the partitions of a worker that was killed, long before its group gives them to another',
  async (t) => {
    t.timeout(90_000);
    const h = new Harness(t, brokers());
    const killed = await startWorkerProcess(t, h.brokers, h.namespace);
    const other = await startWorkerProcess(t, h.brokers, h.namespace);
    const client = await h.client();
    // Both workers have partitions.
    const held = await holdStreams(client, 1, new Set([killed.inbox, other.inbox]));
    for (const stream of held) stream.finish();
    await killed.kill();
    const killedAt = Date.now();
    // More calls in a row than the topic has partitions: none of them went to a partition of the worker that was killed.
    for (let answered = 0; answered < 20; ) {
      const call = unary(client, {}, { deadline: Date.now() + 2000 });
      answered = await call.then(
        () => answered + 1,
        () => 0,
      );
    }
    const ms = Date.now() - killedAt;
    t.true(
      ms < 30_000,
      `the last call to the killed worker came after ${ms} ms; its group keeps a dead member for 45 s`,
    );
  },
);

test('streams of a worker that was held up end on both sides, and it serves new ones', async (t) => {
  t.timeout(90_000);
  const h = new Harness(t, brokers());
  const worker = await startWorkerProcess(t, h.brokers, h.namespace);
  const channel = await h.channel();
  const client = clientOf(channel);
  await workerReady(client);
  const held = await holdStreams(client, 5, new Set([worker.inbox]));
  worker.pause();
  for (const stream of held) t.is((await stream.ended).code, status.UNAVAILABLE);
  worker.resume();
  const again = await holdStream(client);
  again.finish();
  t.is((await again.ended).code, status.OK);
  t.is(channel.callsUnderWay, 0);
});

test('streams of a caller that was held up end at the caller too, though it talks to the worker again', async (t) => {
  t.timeout(90_000);
  const h = new Harness(t, brokers());
  const cancelled = signal();
  const begun = signal();
  await h.worker(
    echoWith({
      chat: (call) => {
        call.on('cancelled', () => cancelled.resolve());
        call.on('data', () => begun.resolve());
      },
    }),
  );
  const caller = await startProcess(t, 'echo-caller', h.brokers, h.namespace);
  await begun.promise;
  caller.pause();
  await cancelled.promise;
  const said = caller.said();
  caller.resume();
  t.deepEqual(await said, { ended: status.UNAVAILABLE });
});

test('a stream whose caller is killed is cancelled at its worker', async (t) => {
  const h = new Harness(t, brokers());
  const cancelled = signal();
  const begun = signal();
  await h.worker(
    echoWith({
      chat: (call) => {
        call.on('cancelled', () => cancelled.resolve());
        call.on('data', () => begun.resolve());
      },
    }),
  );
  const caller = await startProcess(t, 'echo-caller', h.brokers, h.namespace);
  await begun.promise;
  await caller.kill();
  const killedAt = Date.now();
  await cancelled.promise;
  t.true(Date.now() - killedAt <= LOST_WORKER_MS);
});

test('a quiet stream between two that live goes on', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(echo, { leaseMs: 2000 });
  const channel = await h.channel({ leaseMs: 2000 });
  const call = clientOf(channel).chat();
  const over = new Promise<void>((resolve) => call.on('end', resolve));
  call.write(message({ number: 1 }));
  await new Promise((resolve) => call.once('data', resolve));
  // Several leases long, neither side has anything to say but that it is there.
  const quiet = signal();
  setTimeout(quiet.resolve, 7000);
  await quiet.promise;
  call.write(message({ number: 2 }));
  t.is((await new Promise<Message>((resolve) => call.once('data', resolve))).number, 2);
  t.is(channel.counters.lostPeers, 0);
  call.end();
  call.resume();
  await over;
});

test('calls that run while a partition changes hands are not begun twice', async (t) => {
  const h = new Harness(t, brokers());
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const all = signal();
  const handlers = echoWith({
    unary: (call, callback) => {
      begun.push(call.request.number);
      // The probes are answered, the calls that matter run on.
      if (call.request.number >= 1000) return callback(null, call.request);
      finish.push(() => callback(null, call.request));
      if (finish.length === 20) all.resolve();
    },
  });
  await h.worker(handlers);
  const client = await h.client();
  const deadline = Date.now() + 60_000;
  const replies = Array.from({ length: 20 }, (_, number) => unary(client, { number }, { deadline }));
  await all.promise;
  // The second worker takes a part of the partitions while their calls run; its first call shows that it has.
  const moved = signal();
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        begun.push(call.request.number);
        callback(null, call.request);
        moved.resolve();
      },
    }),
  );
  let probing = true;
  const probe = await h.client();
  const probes = (async () => {
    for (let number = 1000; probing; number++) {
      const answered = unary(probe, { number }, { deadline });
      await answered;
    }
  })();
  await moved.promise;
  probing = false;
  for (const done of finish.splice(0)) done();
  const numbers = (await Promise.all(replies)).map(({ number }) => number);
  await probes;
  t.deepEqual(
    numbers,
    Array.from({ length: 20 }, (_, number) => number),
  );
  t.is(new Set(begun).size, begun.length, 'a call was begun twice');
});

interface HeldStream {
  readonly ended: Promise<{ code: status; at: number }>;
  /** The inbox of the worker that has it. */
  peer(): string;
  finish(): void;
}

/** Opens conversations that stay open: at least so many, and until each of those workers has one. */
async function holdStreams(client: EchoClient, wanted: number, workers: ReadonlySet<string>): Promise<HeldStream[]> {
  const held: HeldStream[] = [];
  const missing = new Set(workers);
  while (held.length < wanted || missing.size > 0) {
    const stream = await holdStream(client);
    held.push(stream);
    missing.delete(stream.peer());
  }
  return held;
}

async function holdStream(client: EchoClient): Promise<HeldStream> {
  // A worker that was held up is not known to live at once.
  const call = client.chat(new Metadata({ waitForReady: true }));
  const ended = new Promise<{ code: status; at: number }>((resolve) => {
    call.on('status', ({ code }) => resolve({ code, at: Date.now() }));
  });
  call.on('error', (_error: ServiceError) => undefined);
  call.write(message({}));
  await new Promise((resolve) => call.once('data', resolve));
  call.resume();
  return { ended, peer: () => call.getPeer().replace('kafka:', ''), finish: () => call.end() };
}
