import { Metadata, status as Status } from '@grpc/grpc-js';
import test from 'ava';
import { accepted, open, timers } from './channel-bench.test.helpers.js';
import type { ChannelOptions } from './channel-options.js';
import { HeardCall, inboxOf, ok, requests, service, settle } from './played-worker.test.helpers.js';

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

test('draining gives up calls that do not end in time, and tells how many', async (t) => {
  const { channel, worker } = await open(t, { drainTimeoutMs: 20 });
  const heard = new HeardCall(channel).unary();
  await worker.next();
  t.is(await channel.drain(), 1);
  t.is(await heard.ended, 'UNAVAILABLE the channel was closed');
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
      [inboxOf('worker'), true],
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
