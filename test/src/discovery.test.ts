import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { WherryChannel } from '@wherry/client';
import { requestTopic } from '@wherry/endpoint';
import { DescriptorCodec, encodeRegistration } from '@wherry/wire';
import { createWorker } from '@wherry/worker';
import anyTest from 'ava';
import { EchoService } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { echo, unary } from './support/echo.js';
import { startWorkerProcess } from './support/endpoint-process.js';
import { clientOf, Harness, workerReady } from './support/harness.js';
import { servedUntil as until } from './support/served-until.js';
import { ShopService, shop, shopName } from './support/shop.js';

const test = anyTest;
const brokers = useBroker(test);
const service = 'wherry.test.v1.Echo';

const ready = (): Metadata => new Metadata({ waitForReady: true });
const registry = (h: Harness): string => `${h.namespace}.registry`;

test('a call that nobody serves fails at once, and says what to do', async (t) => {
  const h = new Harness(t, brokers());
  const channel = await h.channel();
  await channel.services.ready();
  const begun = Date.now();
  const error = await t.throwsAsync<ServiceError>(unary(clientOf(channel), {}, { deadline: Date.now() + 30_000 }));
  t.true(Date.now() - begun < 10_000, `it took ${Date.now() - begun} ms`);
  t.is(error?.code, status.UNAVAILABLE);
  t.deepEqual(h.logged, []);
  t.regex(
    error?.details ?? '',
    new RegExp(`nobody serves ${service}: .*${registry(h)} .*namespace ${h.namespace}.*wait for ready`),
  );
});

test('a worker is known to all, also to those that were there before it, when start() is over', async (t) => {
  const h = new Harness(t, brokers());
  const before = await h.channel();
  await before.services.ready();
  for (let round = 0; round < 5; round++) {
    const worker = await h.worker();
    // No wait for the channel to hear of it: a call asks the registry before it says that nobody serves.
    t.is((await unary(clientOf(before), { number: round })).number, round);
    await worker.close();
    await until(before, ({ names }) => names.length === 0);
  }
  const worker = await h.worker();
  const after = await h.channel();
  t.is((await unary(clientOf(after), { number: 7 })).number, 7);
  await worker.drain();
});

test('workers come and go: a service is served as long as one of them is there', async (t) => {
  const h = new Harness(t, brokers());
  const channel = await h.channel();
  const client = clientOf(channel);
  t.deepEqual(channel.services.names, []);
  const first = await h.worker();
  await until(channel, ({ names }) => names.includes(service));
  const second = await createWorker(h.options);
  t.teardown(() => second.close());
  second.addService(EchoService, echo);
  second.addService(ShopService, shop);
  await second.start();
  await until(channel, ({ names }) => names.length === 2);
  t.deepEqual([...channel.services.names].sort(), [shopName, service].sort());
  t.is(channel.services.instances(service), 2);
  t.is(channel.services.instances(shopName), 1);
  await first.drain();
  await until(channel, (services) => services.instances(service) === 1);
  t.is((await unary(client, { number: 1 }, ready())).number, 1);
  await second.close();
  await until(channel, ({ names }) => names.length === 0);
  const error = await t.throwsAsync<ServiceError>(unary(client, {}));
  t.is(error?.code, status.UNAVAILABLE);
  // The topic is still there: it is not what counts.
  t.true((await (await h.log()).partitions(requestTopic(h.namespace, service))) > 0);
});

test('a worker that is killed is missed when its lease ends; one that lives is not', async (t) => {
  t.timeout(60_000);
  const h = new Harness(t, brokers());
  await h.worker(echo, { leaseMs: 3000 });
  const doomed = await startWorkerProcess(t, h.brokers, h.namespace);
  const channel = await h.channel();
  await until(channel, (services) => services.instances(service) === 2);
  await doomed.kill();
  const killed = Date.now();
  await until(channel, (services) => services.instances(service) === 1);
  const missed = Date.now() - killed;
  // The default lease, and what was left of it when the process died.
  t.true(missed > 2000, `it was missed after ${missed} ms`);
  t.deepEqual(channel.services.names, [service]);
});

test('a call that waits for ready goes on as soon as a worker has registered', async (t) => {
  const h = new Harness(t, brokers());
  const channel = await h.channel();
  const client = clientOf(channel);
  const deadline = Date.now() + 20_000;
  const answered = Promise.all([1, 2, 3].map((number) => unary(client, { number }, ready(), { deadline })));
  const expired = t.throwsAsync<ServiceError>(unary(client, {}, ready(), { deadline: Date.now() + 100 }));
  t.is((await expired)?.code, status.DEADLINE_EXCEEDED);
  await h.worker();
  t.deepEqual(
    (await answered).map(({ number }) => number),
    [1, 2, 3],
  );
});

test('a call made at once, before the registry was read, waits for that', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  await workerReady(await h.client());
  const begun = Date.now();
  const channel = await h.channel();
  t.is((await unary(clientOf(channel), { number: 1 })).number, 1);
  t.log(`first reply ${Date.now() - begun} ms after the channel was asked for`);
});

test('without discovery a service is served when its topic is there', async (t) => {
  const h = new Harness(t, brokers());
  const channel = await h.channel({ discovery: false });
  const client = clientOf(channel);
  await channel.services.ready();
  t.false(channel.services.known);
  t.deepEqual(channel.services.names, []);
  const error = await t.throwsAsync<ServiceError>(unary(client, {}));
  t.regex(error?.details ?? '', /nobody serves .*: there is no request topic /);
  const waiting = unary(client, { number: 1 }, ready());
  const worker = await h.worker(echo, { discovery: false });
  t.is((await waiting).number, 1);
  t.is(await (await h.log()).partitions(registry(h)), 0, 'nobody made a registry');
  await worker.close();
  const late = await t.throwsAsync<ServiceError>(unary(client, {}, { deadline: Date.now() + 200 }));
  t.is(late?.code, status.DEADLINE_EXCEEDED, 'it waits in the topic');
});

test('a worker that does not register is not known where the registry is followed', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(echo, { discovery: false });
  const error = await t.throwsAsync<ServiceError>(unary(await h.client(), {}));
  t.is(error?.code, status.UNAVAILABLE);
  t.is((await unary(await h.client({ discovery: false }), { number: 1 })).number, 1);
});

test('what else is in the registry topic is counted, logged once and stops nothing', async (t) => {
  const h = new Harness(t, brokers());
  const channel = await h.channel();
  await channel.services.ready();
  const log = await h.log();
  const instance = { topic: 'somebody', partition: 0 };
  const registration = {
    writtenAt: Date.now(),
    startedAt: 1,
    leaseMs: 60_000,
    services: [{ name: 'a.B', descriptors: undefined }],
  };
  const good = encodeRegistration(instance, registration);
  const bad: [key: Buffer, value: Buffer | null][] = [
    // Kafka takes no record without a key in a compacted topic.
    [Buffer.from('{'), Buffer.from('{}')],
    [Buffer.from('user-42'), null],
    [Buffer.from([8, 2, 18, 1, 97]), null],
    [Buffer.from([8, 1]), null],
    [good.key, Buffer.from('no registration')],
    [good.key, Buffer.from([24, 0])],
    [Buffer.concat([Buffer.from([8, 1, 42, 32]), Buffer.alloc(32)]), Buffer.from('not of that hash')],
  ];
  for (let round = 0; round < 2; round++) for (const [key, value] of bad) log.produce(registry(h), 0, key, value);
  log.produce(registry(h), 0, good.key, good.value);
  await log.flush(10_000);
  await until(channel, ({ names }) => names.includes('a.B'));
  const seen = (one: WherryChannel) => {
    const { foreignRecords, unknownVersionRecords, malformedRecords } = one.counters;
    return [foreignRecords, unknownVersionRecords, malformedRecords];
  };
  t.deepEqual(seen(channel), [4, 2, 8]);
  for (const kind of ['foreign', 'version', 'malformed']) {
    t.is(h.logged.filter((line) => line.startsWith(`${registry(h)}[`) && line.includes(`${kind} record`)).length, 1);
  }
  // Read as a backlog it is the same.
  const later = await h.channel();
  await later.services.ready();
  t.deepEqual(later.services.names, ['a.B']);
  t.deepEqual(seen(later), [4, 2, 8]);
  // And a real worker is found behind it.
  await h.worker();
  t.is((await unary(clientOf(later), { number: 3 })).number, 3);
});

test('what a worker knows of its services is known to callers', async (t) => {
  const h = new Harness(t, brokers());
  const worker = await createWorker(h.options);
  t.teardown(() => worker.close());
  worker.addService(ShopService, shop);
  await worker.start();
  const channel = await h.channel();
  const { services } = channel;
  await until(channel, ({ names }) => names.includes(shopName));
  t.true((services.fileDescriptors(shopName)?.length ?? 0) >= 3);
  t.deepEqual(services.methodOptions(`/${shopName}/Place`), {
    idempotencyLevel: 'IDEMPOTENT',
    orderingKey: 'customer.id',
    timeoutMs: undefined,
    partitions: undefined,
  });
  t.like(services.methodOptions(`/${shopName}/Ship`), { timeoutMs: 60_000, partitions: 5 });
  t.deepEqual(services.orderingField(`/${shopName}/Place`), [1, 3]);
  t.like(services.methodOptions(`/${shopName}/Find`), { idempotencyLevel: 'NO_SIDE_EFFECTS' });
  t.is(services.orderingField(`/${shopName}/Find`), undefined);
  t.is(services.methodOptions(`/${shopName}/Nothing`), undefined);
  t.is(services.methodOptions('/a.B/C'), undefined);
});

test('descriptors too large for a record are left out with a word, and the service is served', async (t) => {
  const h = new Harness(t, brokers());
  const worker = await createWorker(h.options);
  t.teardown(() => worker.close());
  const large = new DescriptorCodec().encode({ name: 'x'.repeat(2_000_000) });
  worker.addService(EchoService, echo, { fileDescriptors: [large] });
  await worker.start();
  const channel = await h.channel();
  t.is((await unary(clientOf(channel), { number: 1 })).number, 1);
  t.is(channel.services.fileDescriptors(service), undefined);
  t.is(h.logged.filter((line) => line.includes(`descriptors of ${service}`)).length, 1);
});
