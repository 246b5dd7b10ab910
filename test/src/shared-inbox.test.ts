import { type ServiceError, status } from '@grpc/grpc-js';
import type { WherryChannel } from '@wherry/client';
import { encodeRecord, type Frame } from '@wherry/wire';
import anyTest, { type ExecutionContext } from 'ava';
import type { Message } from './gen/echo.js';
import { realKafka, useBroker } from './support/brokers.js';
import { echo, echoWith, message, readAll, unary } from './support/echo.js';
import { clientOf, Harness, signal } from './support/harness.js';
import { newName } from './support/log-records.js';
import { makeMixedCalls } from './support/mixed-calls.js';

const test = anyTest;
const brokers = useBroker(test);

/** A topic that all of a test share as their inbox: of one partition, or of the embedded broker's four. */
async function share(t: ExecutionContext) {
  const h = new Harness(t, brokers());
  const log = await h.log();
  const topic = newName('inboxes');
  await log.createTopic({ name: topic, partitions: 1 });
  t.teardown(() => log.deleteTopic(topic).catch(() => false));
  return { h, log, topic, inbox: { topic } };
}

const soon = (ms: number): { deadline: number } => ({ deadline: Date.now() + ms });

test('many callers and workers share a topic, and every call of every kind gets its own answer', async (t) => {
  const { h, topic, inbox } = await share(t);
  const workers = [await h.worker(echo, { inbox }), await h.worker(echo, { inbox })];
  // More than there are partitions, so some share one.
  const channels = await Promise.all(Array.from({ length: 6 }, () => h.channel({ inbox })));
  const gateway = await h.gateway({ inbox });
  const clients = [...channels.map(clientOf), h.clientTo(gateway.address)];
  const outcomes = await Promise.all(clients.map((client) => makeMixedCalls(client, { wanted: 60, inFlight: 12 })));
  t.is(outcomes.flat().length, 60 * clients.length);
  t.deepEqual(
    outcomes.flat().filter(({ code, wrong, ends }) => code !== status.OK || wrong !== undefined || ends !== 1),
    [],
  );
  const inboxes = [...workers, ...channels, gateway.channel].map((instance) => instance.inbox);
  t.deepEqual(new Set(inboxes.map((one) => one.topic)), new Set([topic]));
  const names = inboxes.map(({ partition, instance }) => `${partition}#${instance}`);
  t.is(new Set(names).size, names.length, 'two instances are not told apart');
  t.true(new Set(inboxes.map(({ partition }) => partition)).size < inboxes.length, 'nobody shared a partition');
  for (const channel of channels) t.is(channel.callsUnderWay, 0);
});

test('the first reply is not missed, however soon it comes', async (t) => {
  const { h, inbox } = await share(t);
  await h.worker(echo, { inbox });
  await unary(await h.client({ inbox }), {}, soon(30_000));
  for (let number = 0; number < 6; number++) {
    t.is((await unary(await h.client({ inbox }), { number }, soon(30_000))).number, number);
  }
});

test('a cancel reaches its call and no other', async (t) => {
  const { h, inbox } = await share(t);
  const cancelled: string[] = [];
  const told = signal();
  const running = new Set<string>();
  const both = signal();
  const start = (name: string, call: NodeJS.EventEmitter): void => {
    call.on('cancelled', () => {
      cancelled.push(name);
      if (cancelled.length === 2) told.resolve();
    });
    running.add(name);
    if (running.size === 4) both.resolve();
  };
  const answers: (() => void)[] = [];
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        start(`unary ${call.request.text}`, call);
        answers.push(() => callback(null, call.request));
      },
      chat: (call) => {
        call.once('data', (part: Message) => start(`chat ${part.text}`, call));
        call.on('data', (part: Message) => call.write(part));
        call.on('end', () => call.end());
      },
    }),
    { inbox },
  );
  const [mine, others] = [await h.client({ inbox }), await h.client({ inbox })];
  const ended = signal<ServiceError | null>();
  const lone = mine.unary(message({ text: 'mine' }), ended.resolve);
  const kept = unary(others, { text: 'theirs' });
  const [chat, keptChat] = [mine.chat(), others.chat()];
  chat.write(message({ text: 'mine' }));
  keptChat.write(message({ text: 'theirs' }));
  await both.promise;
  const chatEnded = readAll(chat);
  lone.cancel();
  chat.cancel();
  t.is((await ended.promise)?.code, status.CANCELLED);
  t.is((await chatEnded).error?.code, status.CANCELLED);
  await told.promise;
  for (const answer of answers) answer();
  t.is((await kept).text, 'theirs');
  keptChat.end();
  const { messages, error } = await readAll(keptChat);
  t.is(error, undefined);
  t.deepEqual(
    messages.map(({ text }) => text),
    ['theirs'],
  );
  t.deepEqual(cancelled.sort(), ['chat mine', 'unary mine']);
});

test('frames of another instance of the same partition do not reach a call', async (t) => {
  const { h, log, topic, inbox } = await share(t);
  const worker = await h.worker(echo, { inbox });
  const frames: Frame[] = [];
  const channel = await h.channel({
    inbox,
    observer: { received: (_record, _sender, received) => frames.push(...received) },
  });
  const call = clientOf(channel).chat(soon(30_000));
  call.write(message({ number: 1 }));
  t.is((await new Promise<Message>((resolve) => call.once('data', resolve))).number, 1);
  const { callId = '' } = frames.find(({ accept }) => accept) ?? {};
  t.truthy(callId);
  const lateAtFirst = channel.counters.lateFrames;
  const end = { code: status.ABORTED, message: 'forged', trailers: [] };
  const { partition, instance = 0 } = worker.inbox;
  // Another instance of the worker's partition, one without a number, one elsewhere.
  const senders = [
    { topic, partition, instance: (instance % 1000) + 1_000_000 },
    { topic, partition },
    { topic: `${topic}.other`, partition, instance },
  ];
  for (const sender of senders) {
    for (const sequence of [0, 2, 3]) {
      const forged = encodeRecord({ sender, frames: [{ callId, sequence, status: end }] });
      log.produce(topic, channel.inbox.partition, forged.key, forged.value);
      // The worker must not heed a cancel of anyone but its caller.
      const cancel = encodeRecord({ sender, frames: [{ callId, sequence, cancel: true }] });
      log.produce(topic, worker.inbox.partition, cancel.key, cancel.value);
    }
  }
  await log.flush(10_000);
  call.write(message({ number: 2 }));
  t.is((await new Promise<Message>((resolve) => call.once('data', resolve))).number, 2);
  t.true(channel.counters.lateFrames >= lateAtFirst + 2 * 3);
  t.true(channel.counters.refusedSenders >= 3);
  call.end();
  t.deepEqual(await readAll(call), { messages: [], error: undefined });
});

test('what came to the topic before an instance is not read by it', async (t) => {
  const { h, log, topic, inbox } = await share(t);
  for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
    for (let n = 0; n < 100; n++) log.produce(topic, partition, Buffer.from('not a record of ours'), null);
  }
  await log.flush(10_000);
  await h.worker(echo, { inbox });
  const channel = await h.channel({ inbox });
  await unary(clientOf(channel), {}, soon(20_000));
  t.is(channel.counters.foreignRecords, 0);
});

test('an instance that is closed leaves the topic and the calls of others alone', async (t) => {
  const { h, log, topic, inbox } = await share(t);
  const worker = await h.worker(echo, { inbox });
  const [leaving, staying] = [await h.channel({ inbox }), await h.channel({ inbox })];
  const openCall = async (channel: WherryChannel) => {
    const call = clientOf(channel).chat(soon(30_000));
    call.write(message({ number: 1 }));
    await new Promise((resolve) => call.once('data', resolve));
    return call;
  };
  const [lost, kept] = [await openCall(leaving), await openCall(staying)];
  const ended = readAll(lost);
  await leaving.close();
  t.is((await ended).error?.code, status.UNAVAILABLE);
  kept.write(message({ number: 2 }));
  t.is((await new Promise<Message>((resolve) => kept.once('data', resolve))).number, 2);
  kept.end();
  t.deepEqual(await readAll(kept), { messages: [], error: undefined });
  await Promise.all([staying.close(), worker.close()]);
  t.true((await log.partitions(topic)) > 0, 'the shared topic was deleted');
  t.deepEqual(await log.topics(`${h.namespace}.inbox.`), [], 'an inbox of its own was made');
});

test('a topic that is not there is a clear error, and nothing stays open', async (t) => {
  t.timeout(30_000);
  const h = new Harness(t, brokers());
  const topic = newName('missing');
  const expected = { instanceOf: TypeError, message: new RegExp(`inbox\\.topic is ${topic}, which does not exist`) };
  await t.throwsAsync(h.channel({ inbox: { topic } }), expected);
  await t.throwsAsync(h.worker(echo, { inbox: { topic } }), expected);
  await t.throwsAsync(h.gateway({ inbox: { topic } }), expected);
  t.is(await (await h.log()).partitions(topic), 0);
});

// It does: a channel cancels any acceptance of a call that it does not know, which on a shared partition is every one of
// the others. Workers pass over those cancels, so they cost records and nothing else.
test('an idle instance says nothing about the calls of others', async (t) => {
  const { h, inbox } = await share(t);
  await h.worker(echo, { inbox });
  const sent: Frame[] = [];
  const observer = { sent: (_t: string, _p: number, frames: readonly Frame[]) => sent.push(...frames) };
  // As many as there are partitions and more, so that one of them shares that of the caller.
  await Promise.all(Array.from({ length: realKafka === undefined ? 12 : 2 }, () => h.channel({ inbox, observer })));
  const client = await h.client({ inbox });
  const outcomes = await makeMixedCalls(client, { wanted: 30, inFlight: 5 });
  t.true(outcomes.every(({ code }) => code === status.OK));
  t.is(sent.filter(({ callId }) => callId !== undefined).length, 0);
});
