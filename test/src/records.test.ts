import { requestTopic } from '@wherry/endpoint';
import type { LogRecord } from '@wherry/kafka';
import { decodeRecord, type Envelope } from '@wherry/wire';
import anyTest from 'ava';
import { Message } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { message, readAll, unary } from './support/echo.js';
import { clientOf, Harness, workerReady } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);

const service = 'wherry.test.v1.Echo';

/** Records of a topic that carry calls, as somebody else reads them: without the leases that every inbox has. */
class Watch {
  readonly records: { record: LogRecord; envelope: Envelope }[] = [];
  #wanted: { count: number; resolve: () => void } | undefined;

  add(record: LogRecord): void {
    const envelope = decodeRecord(record.key, record.value);
    if (envelope.frames.every((frame) => frame.callId === undefined)) return;
    this.records.push({ record, envelope });
    if (this.#wanted !== undefined && this.#frames >= this.#wanted.count) this.#wanted.resolve();
  }

  get #frames(): number {
    return this.records.reduce((sum, { envelope }) => sum + envelope.frames.length, 0);
  }

  /** Until so many frames of calls have come. */
  frames(count: number): Promise<void> {
    if (this.#frames >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wanted = { count, resolve };
    });
  }
}

async function watch(h: Harness, topic: string): Promise<Watch> {
  const log = await h.log();
  const watching = new Watch();
  const partitions = await log.partitions(topic);
  for (let partition = 0; partition < partitions; partition++) {
    const reader = { onRecord: (record: LogRecord) => watching.add(record), onError: (error: Error) => h.t.log(error) };
    await log.readPartition({ topic, partition, offset: 0, ...reader });
  }
  return watching;
}

test('a lone unary call is one record each way, and its request is the bare message', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const channel = await h.channel();
  const request = message({ text: 'Ada', number: 7, payload: Buffer.from([1, 2, 3]) });
  await unary(clientOf(channel), request);
  const requests = await watch(h, requestTopic(h.namespace, service));
  const replies = await watch(h, channel.inbox.topic);
  await Promise.all([requests.frames(1), replies.frames(1)]);
  // A second call is behind the first in each topic's partitions: nothing else of the first can still be on its way.
  await unary(clientOf(channel), request);
  await Promise.all([requests.frames(2), replies.frames(2)]);

  t.is(requests.records.length, 2);
  t.is(replies.records.length, 2);
  for (const { record, envelope } of requests.records) {
    t.deepEqual(record.value, Buffer.from(Message.encode(request).finish()));
    t.is(envelope.frames.length, 1);
  }
  for (const { record, envelope } of replies.records) {
    t.deepEqual(record.value, Buffer.from(Message.encode(request).finish()));
    t.is(envelope.frames.length, 1);
  }
});

test('256 calls of one turn share records, and the records are spread over the partitions', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const channel = await h.channel();
  const client = clientOf(channel);
  await workerReady(client);
  const topic = requestTopic(h.namespace, service);
  await Promise.all(Array.from({ length: 256 }, (_, number) => unary(client, { number })));
  const requests = await watch(h, topic);
  await requests.frames(257);
  const records = requests.records.filter(({ envelope }) => envelope.frames[0]?.open?.method.endsWith('/Unary'));
  t.is(
    records.reduce((sum, { envelope }) => sum + envelope.frames.length, 0),
    256,
  );
  t.true(records.length <= 25, `${records.length} records`);
  const partitions = new Set(records.map(({ record }) => record.partition));
  t.true(partitions.size >= 4, `all in ${partitions.size} partitions`);
});

test('a unary call through the gateway is one record each way too', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const gateway = await h.gateway();
  const client = h.clientTo(gateway.address);
  for (let number = 0; number < 20; number++) await unary(client, { number });
  const requests = await watch(h, requestTopic(h.namespace, service));
  const replies = await watch(h, gateway.channel.inbox.topic);
  await Promise.all([requests.frames(20), replies.frames(20)]);
  t.is(requests.records.length, 20);
  t.is(replies.records.length, 20);
});

test('a short server stream is one record of request and few of reply', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const channel = await h.channel();
  const { messages } = await readAll(clientOf(channel).expand(message({ number: 20 })));
  t.is(messages.length, 20);
  const requests = await watch(h, requestTopic(h.namespace, service));
  const replies = await watch(h, channel.inbox.topic);
  await Promise.all([requests.frames(1), replies.frames(20)]);
  t.is(requests.records.length, 1);
  t.true(replies.records.length <= 5, `${replies.records.length} records for 20 messages of one turn`);
});
