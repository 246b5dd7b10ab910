import { requestTopic } from '@wherry/endpoint';
import { encodeRecord, type InboxAddress } from '@wherry/wire';
import anyTest from 'ava';
import { useBroker } from './support/brokers.js';
import { unary } from './support/echo.js';
import { clientOf, Harness, workerReady } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);

const sender = { topic: 'nobody', partition: 0 };
const id = 'i'.repeat(16);

/** What others may write to our topics, and what we count it as. */
const bad: readonly {
  what: string;
  key: Buffer | null;
  value: Buffer | null;
  counter: 'foreign' | 'version' | 'malformed';
}[] = [
  { what: 'no key', key: null, value: Buffer.from('{"json":true}'), counter: 'foreign' },
  { what: 'a key of somebody else', key: Buffer.from('user-42'), value: Buffer.from('x'), counter: 'foreign' },
  { what: 'an empty key', key: Buffer.alloc(0), value: null, counter: 'foreign' },
  { what: 'a later version', key: Buffer.from([8, 2, 18, 1, 97]), value: null, counter: 'version' },
  { what: 'an envelope cut short', key: Buffer.from([8, 1, 18, 50, 97]), value: null, counter: 'malformed' },
  { what: 'nothing in the envelope', key: Buffer.from([8, 1]), value: null, counter: 'malformed' },
  {
    what: 'messages that do not fit the value',
    key: encodeRecord({ sender, frames: [{ callId: id, sequence: 0, message: Buffer.from('long') }] }).key,
    value: Buffer.from('lon'),
    counter: 'malformed',
  },
];
const counterNames = {
  foreign: 'foreignRecords',
  version: 'unknownVersionRecords',
  malformed: 'malformedRecords',
} as const;

test('records that cannot be read stop neither a request topic nor an inbox, are counted, and logged once', async (t) => {
  const h = new Harness(t, brokers());
  const worker = await h.worker();
  const channel = await h.channel();
  const client = clientOf(channel);
  await workerReady(client);
  const log = await h.log();
  const topic = requestTopic(h.namespace, 'wherry.test.v1.Echo');
  const partitions = await log.partitions(topic);
  const rounds = 3;
  for (let round = 0; round < rounds; round++) {
    for (const { key, value } of bad) {
      // A producer of ours always has a key; that of others may not.
      for (let partition = 0; partition < partitions; partition++) log.produce(topic, partition, key as Buffer, value);
      log.produce(channel.inbox.topic, 0, key as Buffer, value);
      log.produce(worker.inbox.topic, 0, key as Buffer, value);
    }
  }
  await log.flush(10_000);
  // Answers to calls in every partition are behind all of that.
  for (let number = 0; number < partitions * 2; number++) t.is((await unary(client, { number })).number, number);

  const expected = { foreign: 0, version: 0, malformed: 0 };
  for (const { counter } of bad) expected[counter] += rounds;
  for (const kind of ['foreign', 'version', 'malformed'] as const) {
    t.is(channel.counters[counterNames[kind]], expected[kind], `${kind} records in the channel's inbox`);
    t.is(worker.counters[counterNames[kind]], expected[kind] * (partitions + 1), `${kind} records at the worker`);
    for (const place of [topic, channel.inbox.topic, worker.inbox.topic]) {
      const lines = h.logged.filter((line) => line.startsWith(`${place}[`) && line.includes(`${kind} record`));
      t.is(lines.length, 1, `${kind} in ${place} is logged once`);
    }
  }
});

test('frames of calls that nobody has are counted and dropped', async (t) => {
  const h = new Harness(t, brokers());
  const worker = await h.worker();
  const channel = await h.channel();
  const client = clientOf(channel);
  await workerReady(client);
  const log = await h.log();
  const strayOf = (sender: InboxAddress) =>
    encodeRecord({
      sender,
      frames: [
        {
          callId: id,
          sequence: 0,
          headers: [],
          message: Buffer.from('x'),
          status: { code: 0, message: '', trailers: [] },
        },
        { callId: id, sequence: 5, message: Buffer.from('y') },
      ],
    });
  const before = { channel: channel.counters.lateFrames, worker: worker.counters.lateFrames };
  const [ofWorker, ofChannel] = [strayOf(worker.inbox), strayOf(channel.inbox)];
  log.produce(channel.inbox.topic, 0, ofWorker.key, ofWorker.value);
  log.produce(worker.inbox.topic, 0, ofChannel.key, ofChannel.value);
  await log.flush(10_000);
  t.is((await unary(client, { number: 1 })).number, 1);
  // A stream is answered over both inboxes, behind the strays.
  const call = client.chat();
  call.write({ text: '', number: 2, payload: Buffer.alloc(0) });
  await new Promise((resolve) => call.once('data', resolve));
  call.end();
  call.resume();
  await new Promise((resolve) => call.once('end', resolve));
  t.is(channel.counters.lateFrames - before.channel, 2);
  t.is(worker.counters.lateFrames - before.worker, 2);
});

test('a reply that another instance forges is not taken for a worker that has the call', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const seen: { callId: string }[] = [];
  const channel = await h.channel({
    observer: { sent: (_topic, _partition, frames) => seen.push(...frames.map(({ callId }) => ({ callId }))) },
  });
  const call = clientOf(channel).chat();
  call.write({ text: 'real', number: 1, payload: Buffer.alloc(0) });
  await new Promise((resolve) => call.once('data', resolve));
  const callId = seen[0]?.callId ?? '';
  const log = await h.log();
  const forged = encodeRecord({
    sender: { topic: `${h.namespace}.inbox.nobody`, partition: 0 },
    frames: [{ callId, sequence: 2, status: { code: 0, message: 'forged', trailers: [] } }],
  });
  const late = channel.counters.lateFrames;
  log.produce(channel.inbox.topic, 0, forged.key, forged.value);
  await log.flush(10_000);
  call.write({ text: 'still here', number: 2, payload: Buffer.alloc(0) });
  const answer = await new Promise<{ text: string }>((resolve) => call.once('data', resolve));
  t.is(answer.text, 'still here');
  t.is(channel.counters.lateFrames, late + 1);
  call.end();
  call.resume();
  await new Promise((resolve) => call.once('end', resolve));
});
