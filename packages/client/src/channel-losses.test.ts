import { mock } from 'node:test';
import { connectivityState, Metadata } from '@grpc/grpc-js';
import { MemoryBroker } from '@wherry/kafka/memory';
import test, { type ExecutionContext } from 'ava';
import { accepted, type Bench, entries, open, openOn, parts } from './channel-bench.test.helpers.js';
import { HeardCall, inboxOf, ok, PlayedWorker, requests, service, settle } from './played-worker.test.helpers.js';

test('a worker that is not heard from within its lease is gone, and its call ends behind what came', async (t) => {
  const bench = await open(t, { leaseMs: 4 });
  const { heard, opening } = await accepted(bench);
  bench.worker.send(opening, { sequence: 1, message: Buffer.from('last') });
  bench.worker.write(bench.channel.inbox, [], [{ kind: 'lease', leaseMs: 1, echo: 0 }]);
  t.is(await heard.ended, 'UNAVAILABLE the worker kafka:wherry.inbox.worker is gone: it was not heard from in time');
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

/** A bench whose channel looks for stranded calls when the test says so. */
async function openWithLooks(t: ExecutionContext): Promise<Bench & { look(): Promise<void> }> {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const look = async (): Promise<void> => {
    mock.timers.tick(60_000);
    await settle();
  };
  return { ...(await open(t)), look };
}

const stranded = /^UNAVAILABLE no worker can answer this call any more: /;

test.serial('a call without a deadline ends if its record was deleted before a worker accepted it', async (t) => {
  const { broker, channel, look } = await openWithLooks(t);
  const first = new HeardCall(channel).unary('first');
  await settle();
  await look();
  await look();
  const second = new HeardCall(channel).unary('second');
  await settle();
  broker.deleteRecords(requests, 0, 1);
  t.is(first.status, undefined);
  await look();
  t.regex(await first.ended, stranded);
  await look();
  await look();
  t.is(second.status, undefined, 'its record is still there');
});

test.serial('a call without a deadline ends if its request topic was deleted, or made again', async (t) => {
  const { broker, channel, worker, look } = await openWithLooks(t);
  const first = new HeardCall(channel).unary('first');
  await settle();
  await look();
  broker.deleteTopic(requests);
  await look();
  t.regex(await first.ended, stranded);
  await worker.makeRequestTopic();
  const second = new HeardCall(channel).unary('second');
  await settle();
  await look();
  await look();
  broker.deleteTopic(requests);
  await worker.makeRequestTopic();
  t.is(second.status, undefined);
  await look();
  t.regex(await second.ended, stranded);
});

test.serial('a call that a worker has accepted, and a call with a deadline, need no record', async (t) => {
  const { look, ...bench } = await openWithLooks(t);
  const { heard } = await accepted(bench);
  const bounded = new HeardCall(bench.channel, undefined, Date.now() + 600_000).unary('bounded');
  await settle();
  await look();
  await look();
  bench.broker.deleteRecords(requests, 0, 2);
  await look();
  t.deepEqual([heard.status, bounded.status], [undefined, undefined]);
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
    `UNAVAILABLE nobody serves ${service}: there is no request topic ${requests}, or this client lacks the right Write on it`,
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

test('calls go to the partitions that workers read, and to new ones once a worker reads them', async (t) => {
  const { broker, channel, worker } = await open(t, { discovery: true, partitions: 4 });
  const partitionsOf = async (calls: number): Promise<number[]> => {
    const used = new Set<number>();
    for (let call = 0; call < calls; call++) {
      const heard = new HeardCall(channel).unary();
      const opening = await worker.next();
      used.add(opening.partition);
      worker.send(opening, { sequence: 0, status: ok });
      await heard.ended;
    }
    return [...used].sort((a, b) => a - b);
  };
  await worker.register([]);
  t.deepEqual(await partitionsOf(8), [0, 1, 2, 3], 'no worker has a partition yet, so any may be read later');
  await worker.register([1, 2]);
  t.deepEqual(await partitionsOf(8), [1, 2]);
  broker.addPartitions(requests, 6);
  await worker.readPartitions(4, 6);
  t.deepEqual(await partitionsOf(8), [1, 2]);
  await worker.register([0, 1, 2, 3, 4, 5]);
  await settle();
  t.deepEqual(await partitionsOf(12), [0, 1, 2, 3, 4, 5]);
});

test('calls with a key stay in its partition even if no worker reads it now, and use new partitions once one is read', async (t) => {
  const { broker, channel, worker } = await open(t, { discovery: true, partitions: 2 });
  const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const partitionsOf = async (): Promise<number[]> => {
    const used: number[] = [];
    for (const key of keys) {
      // Field 1 of the request is the key.
      const heard = new HeardCall(channel).unary(`\n\u0001${key}`, entries({ 'wherry-ordering-field': '1' }));
      const opening = await worker.next();
      used.push(opening.partition);
      worker.send(opening, { sequence: 0, status: ok });
      await heard.ended;
    }
    return used;
  };
  await worker.register([0, 1]);
  const before = await partitionsOf();
  t.deepEqual([...new Set(before)].sort(), [0, 1]);
  await worker.register([0]);
  await settle();
  t.deepEqual(await partitionsOf(), before);
  broker.addPartitions(requests, 8);
  await worker.readPartitions(2, 8);
  t.deepEqual(await partitionsOf(), before);
  await worker.register([0, 5]);
  await settle();
  t.true((await partitionsOf()).some((partition) => partition > 1));
});

test('a worker whose inbox is gone ends its call with the first frame that is written to it', async (t) => {
  const bench = await open(t);
  const { heard } = await accepted(bench);
  bench.broker.deleteTopic(inboxOf('worker'));
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
  const channels = [await openOn(t, broker, { inbox: { topic: inboxOf('shared') } })];
  channels.push(await openOn(t, broker, { inbox: { topic: inboxOf('shared') } }));
  const calls = channels.map((channel) => new HeardCall(channel).unary());
  const openings = [await worker.next(), await worker.next()];
  t.not(openings[0]?.sender.instance, openings[1]?.sender.instance);
  for (const opening of openings) worker.send(opening, { sequence: 0, status: ok });
  for (const call of calls) t.is(await call.ended, 'OK');
  await settle();
  for (const { counters } of channels) t.is(counters.lateFrames, 0);
});
