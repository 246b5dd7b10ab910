import { randomBytes } from 'node:crypto';
import { Metadata, status } from '@grpc/grpc-js';
import { requestTopic } from '@wherry/endpoint';
import { encodeRecord, type Frame } from '@wherry/wire';
import anyTest from 'ava';
import { useBroker } from './support/brokers.js';
import { echoWith, message, readAll, unary } from './support/echo.js';
import { clientOf, Harness, signal } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);

const MEGABYTE = 1_000_000;
const unlimited = { maxReceiveMessageLength: -1 };
const soon = () => ({ deadline: Date.now() + 60_000 });

test('a message of many records goes both ways in parts, each of which fits a record', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(undefined, unlimited);
  const parts: { topic: string; bytes: number; total: number }[] = [];
  const noted = (topic: string, frames: readonly Frame[], bytes: number): void => {
    for (const { part } of frames) if (part) parts.push({ topic, bytes, total: part.total });
  };
  const channel = await h.channel({
    ...unlimited,
    observer: {
      sent: (topic, _partition, frames, bytes) => noted(topic, frames, bytes),
      received: (record, _sender, frames) => noted(record.topic, frames, record.value?.length ?? 0),
    },
  });
  const payload = randomBytes(5 * MEGABYTE);
  const reply = await unary(clientOf(channel), { text: 'large', payload }, soon());
  t.true(reply.payload.equals(payload));
  const received = parts.filter(({ topic }) => topic === channel.inbox.topic);
  t.true(received.length > 5);
  t.is(parts.length, received.length * 2);
  t.true(parts.every(({ bytes, total }) => bytes < MEGABYTE && total > payload.length));
});

test('50 MB cross gateway, Kafka and worker intact', async (t) => {
  t.timeout(120_000);
  const h = new Harness(t, brokers());
  await h.worker(undefined, unlimited);
  const { address } = await h.gateway(unlimited);
  const client = h.clientTo(address, { 'grpc.max_receive_message_length': -1 });
  const payload = randomBytes(50 * MEGABYTE);
  const reply = await unary(client, { payload }, soon());
  t.true(reply.payload.equals(payload));
});

test('parts are as small as the records may be', async (t) => {
  const h = new Harness(t, brokers());
  const small = {
    ...unlimited,
    packing: { maxMessageBytes: 50_000 },
    producer: { 'message.max.bytes': 60_000 },
  };
  await h.worker(undefined, small);
  const payload = randomBytes(300_000);
  t.true((await unary(await h.client(small), { payload }, soon())).payload.equals(payload));
});

test('large and small messages of a conversation keep their order', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(undefined, unlimited);
  const client = await h.client(unlimited);
  const call = client.chat(soon());
  const sizes = [10, 3 * MEGABYTE, 0, 5, 2 * MEGABYTE, 1_500_000, 7];
  const sent = sizes.map((size, number) => message({ number, payload: randomBytes(size) }));
  for (const part of sent) call.write(part);
  call.end();
  const { messages, error } = await readAll(call);
  t.is(error, undefined);
  t.deepEqual(
    messages.map(({ number }) => number),
    sent.map(({ number }) => number),
  );
  t.true(messages.every(({ payload }, index) => payload.equals(sent[index]?.payload ?? Buffer.alloc(0))));
});

test('many large calls at once do not mix', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(undefined, unlimited);
  const client = await h.client(unlimited);
  const payloads = Array.from({ length: 8 }, () => randomBytes(2 * MEGABYTE));
  const replies = await Promise.all(payloads.map((payload) => unary(client, { payload }, soon())));
  t.true(replies.every((reply, index) => reply.payload.equals(payloads[index] ?? Buffer.alloc(0))));
});

test('a request larger than its worker takes is refused with its first part', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  let sent = 0;
  const channel = await h.channel({
    observer: {
      sent: (_topic, _partition, frames) => {
        sent += frames.filter(({ part }) => part).length;
      },
    },
  });
  const error = await t.throwsAsync(unary(clientOf(channel), { payload: Buffer.alloc(20 * MEGABYTE) }, soon()));
  t.like(error, { code: status.RESOURCE_EXHAUSTED });
  t.regex(error?.message ?? '', /larger than max \(200000\d\d vs\. 4194304\)/);
  t.true(sent <= 4, `${sent} parts were sent`);
});

test('a reply larger than its caller takes is refused with its first part, and its handler is told', async (t) => {
  const h = new Harness(t, brokers());
  const cancelled = signal();
  await h.worker(
    echoWith({
      expand: (call) => {
        call.on('cancelled', () => cancelled.resolve());
        call.write(message({ payload: Buffer.alloc(20 * MEGABYTE) }));
      },
    }),
  );
  const { error } = await readAll((await h.client()).expand(message({}), soon()));
  t.is(error?.code, status.RESOURCE_EXHAUSTED);
  await cancelled.promise;
});

test('a caller that leaves within a message ends its call at the worker', async (t) => {
  const h = new Harness(t, brokers());
  const ended = signal<boolean>();
  const begun = signal();
  const worker = await h.worker(
    echoWith({
      chat: (call) => {
        begun.resolve();
        call.on('data', () => undefined);
        call.on('cancelled', () => ended.resolve(true));
        call.on('end', () => ended.resolve(false));
      },
    }),
    unlimited,
  );
  const client = await h.client(unlimited);
  const call = client.chat(soon());
  call.on('error', () => undefined);
  call.write(message({ payload: Buffer.alloc(30 * MEGABYTE) }));
  await begun.promise;
  call.cancel();
  t.true(await ended.promise);
  t.is(worker.callsRunning, 0);
});

const checksum = 1;
const broken: readonly { what: string; frames: readonly Omit<Frame, 'callId'>[] }[] = [
  {
    what: 'with a part missing',
    frames: [
      { sequence: 1, message: Buffer.from('abc'), part: { offset: 0, total: 9 } },
      { sequence: 2, message: Buffer.from('ghi'), part: { offset: 6, total: 9, checksum } },
    ],
  },
  {
    what: 'with a part repeated',
    frames: [
      { sequence: 1, message: Buffer.from('abc'), part: { offset: 0, total: 9 } },
      { sequence: 2, message: Buffer.from('abc'), part: { offset: 0, total: 9 } },
    ],
  },
  {
    what: 'whose record of a part is lost',
    frames: [
      { sequence: 1, message: Buffer.from('abc'), part: { offset: 0, total: 9 } },
      { sequence: 3, message: Buffer.from('ghi'), part: { offset: 6, total: 9, checksum } },
    ],
  },
  {
    what: 'with a wrong checksum',
    frames: [
      { sequence: 1, message: Buffer.from('abc'), part: { offset: 0, total: 6 } },
      { sequence: 2, message: Buffer.from('def'), part: { offset: 3, total: 6, checksum } },
    ],
  },
];

for (const { what, frames } of broken) {
  test(`a reply message ${what} ends its call with DATA_LOSS`, async (t) => {
    const h = new Harness(t, brokers());
    const worker = await h.worker(echoWith({ chat: (call) => call.sendMetadata(new Metadata()) }));
    let callId = '';
    const channel = await h.channel({
      observer: {
        sent: (_topic, _partition, sent) => {
          callId = sent.find(({ open }) => open)?.callId ?? callId;
        },
      },
    });
    const call = clientOf(channel).chat(soon());
    await new Promise((resolve) => call.once('metadata', resolve));
    const log = await h.log();
    const record = encodeRecord({ sender: worker.inbox, frames: frames.map((frame) => ({ ...frame, callId })) });
    log.produce(channel.inbox.topic, 0, record.key, record.value);
    const { messages, error } = await readAll(call);
    t.deepEqual(messages, []);
    t.is(error?.code, status.DATA_LOSS);
  });
}

test('a large request needs no more of the request topic than its opening', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(undefined, unlimited);
  const sizes: number[] = [];
  const topic = requestTopic(h.namespace, 'wherry.test.v1.Echo');
  const channel = await h.channel({
    ...unlimited,
    observer: {
      sent: (to, _partition, _frames, bytes) => {
        if (to === topic) sizes.push(bytes);
      },
    },
  });
  await unary(clientOf(channel), { payload: Buffer.alloc(2 * MEGABYTE) }, soon());
  t.deepEqual(sizes, [0]);
});
