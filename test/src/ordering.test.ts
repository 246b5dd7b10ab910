import {
  credentials,
  Metadata,
  type MethodDefinition,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { orderingFieldKey } from '@wherry/client';
import type { Frame } from '@wherry/wire';
import { createWorker } from '@wherry/worker';
import anyTest from 'ava';
import type { Message } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { echoWith, message, unary } from './support/echo.js';
import { clientOf, Harness, signal } from './support/harness.js';
import { ShopClient, ShopService, shop, shopName } from './support/shop.js';

const test = anyTest;
const brokers = useBroker(test);

const soon = () => ({ deadline: Date.now() + 30_000 });

/** What was sent to which partition of request topics: the methods and messages of openings. */
class Openings {
  readonly sent: { partition: number; message: Uint8Array | undefined }[] = [];
  readonly observer = {
    sent: (_topic: string, partition: number, frames: readonly Frame[]): void => {
      for (const { open, message } of frames) if (open !== undefined) this.sent.push({ partition, message });
    },
  };
  get partitions(): Set<number> {
    return new Set(this.sent.map(({ partition }) => partition));
  }
}

function orderedBy(field: string): Metadata {
  const metadata = new Metadata();
  metadata.set(orderingFieldKey, field);
  return metadata;
}

test('calls with equal keys, as the method option names them, reach one partition and start in order', async (t) => {
  const h = new Harness(t, brokers());
  const started = new Map<string, number[]>();
  const Place = (call: ServerUnaryCall<PlacedOrder, unknown>, callback: sendUnaryData<unknown>) => {
    const { customer, remark } = call.request;
    started.set(String(customer.id), [...(started.get(String(customer.id)) ?? []), Number(remark)]);
    setImmediate(() => callback(null, call.request));
  };
  for (let number = 0; number < 2; number++) {
    const worker = await createWorker(h.options);
    t.teardown(() => worker.close());
    worker.addService(ShopService, { ...shop, Place });
    await worker.start();
  }
  const openings = new Openings();
  const channel = await h.channel({ observer: openings.observer });
  await channel.services.ready();
  const client = new ShopClient('wherry', credentials.createInsecure(), { channelOverride: channel });
  const place = (id: number, remark: string): Promise<void> =>
    new Promise((resolve, reject) => {
      client['Place']?.({ customer: { id, name: `n${remark}` }, remark }, soon(), (error: Error | null) =>
        error ? reject(error) : resolve(),
      );
    });
  await place(1, '-1');
  openings.sent.length = 0;
  started.clear();
  const customers = 20;
  const rounds = 15;
  const calls: Promise<void>[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let id = 1; id <= customers; id++) calls.push(place(id, String(round)));
    if (round % 5 === 0) await calls.at(-1);
  }
  await Promise.all(calls);
  const inOrder = Array.from({ length: rounds }, (_, round) => round);
  t.is(started.size, customers);
  for (const [id, rounds] of started) t.deepEqual(rounds, inOrder, `customer ${id}`);
  const partitionsOf = new Map<string, Set<number>>();
  for (const { partition, message: bytes } of openings.sent) {
    const { customer } = (ShopService['Place'] as MethodDefinition<PlacedOrder, unknown>).requestDeserialize(
      Buffer.from(bytes ?? []),
    );
    const partitions = partitionsOf.get(String(customer.id)) ?? new Set();
    partitionsOf.set(String(customer.id), partitions.add(partition));
  }
  t.true([...partitionsOf.values()].every(({ size }) => size === 1));
  t.true(openings.partitions.size > 1, 'different keys are spread');
});

interface PlacedOrder {
  readonly customer: { readonly id: unknown; readonly name: string };
  readonly remark: string;
}

test('a call may name the field itself, by its number, and no handler sees that', async (t) => {
  const h = new Harness(t, brokers());
  const seen: unknown[] = [];
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        seen.push(...call.metadata.get(orderingFieldKey));
        callback(null, call.request);
      },
    }),
  );
  const openings = new Openings();
  const client = await h.client({ observer: openings.observer });
  await unary(client, {});
  openings.sent.length = 0;
  for (let number = 0; number < 20; number++) await unary(client, { text: 'same', number }, orderedBy('1'), soon());
  t.is(openings.partitions.size, 1);
  t.is(openings.sent.length, 20);
  for (let number = 0; number < 20; number++) await unary(client, { text: `${number}` }, orderedBy('1'), soon());
  t.true(openings.partitions.size > 1);
  t.deepEqual(seen, []);
});

test('calls without a value in the field are spread, as calls without order are', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const openings = new Openings();
  const client = await h.client({ observer: openings.observer });
  for (let number = 1; number < 10; number++) await unary(client, { number }, orderedBy('1'), soon());
  t.true(openings.partitions.size > 1);
});

test('a field that the request has not, or whose name nobody knows, is INVALID_ARGUMENT', async (t) => {
  const h = new Harness(t, brokers());
  const worker = await createWorker(h.options);
  t.teardown(() => worker.close());
  worker.addService(ShopService, shop);
  await worker.start();
  const channel = await h.channel();
  const client = new ShopClient('wherry', credentials.createInsecure(), { channelOverride: channel });
  const place = (field: string): Promise<Error | null> =>
    new Promise((resolve) => client['Place']?.({}, orderedBy(field), soon(), resolve));
  t.is(await place('remark'), null);
  t.is(await place('customer.name'), null);
  for (const wrong of ['customer', 'lines', 'customer.nothing', '', '0', '1..2']) {
    const error = await place(wrong);
    t.like(error, { code: status.INVALID_ARGUMENT });
    t.regex(error?.message ?? '', new RegExp(`wherry-ordering-field is "${wrong}".*/${shopName}/Place`));
  }
  t.is(channel.callsUnderWay, 0);
});

test('a stream is ordered by its first message, whenever that comes', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const openings = new Openings();
  const channel = await h.channel({ observer: openings.observer });
  const client = clientOf(channel);
  await unary(client, {});
  openings.sent.length = 0;
  for (let number = 0; number < 5; number++) {
    const call = client.chat(orderedBy('1'), soon());
    await new Promise((resolve) => setImmediate(resolve));
    t.is(openings.sent.length, number, 'not opened before its key is known');
    const answered = new Promise<Message>((resolve) => call.once('data', resolve));
    call.write(message({ text: 'key', number }));
    t.is((await answered).number, number);
    call.end();
    await new Promise((resolve) => call.once('end', resolve));
  }
  t.is(openings.partitions.size, 1);
  const silent = client.chat(orderedBy('1'), soon());
  silent.end();
  silent.resume();
  await new Promise((resolve) => silent.once('end', resolve));
  const left = client.chat(orderedBy('1'), soon());
  const ended = signal<number>();
  left.on('error', () => undefined);
  left.on('status', ({ code }) => ended.resolve(code));
  left.cancel();
  t.is(await ended.promise, status.CANCELLED);
  t.is(channel.callsUnderWay, 0);
});

test('clients of a gateway order their calls by the same metadata', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const openings = new Openings();
  const { address } = await h.gateway({ observer: openings.observer });
  const client = h.clientTo(address);
  for (let number = 1; number <= 12; number++) await unary(client, { text: 'k', number }, orderedBy('1'), soon());
  t.is(openings.sent.length, 12);
  t.is(openings.partitions.size, 1);
});
