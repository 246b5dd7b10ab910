import { Metadata, status } from '@grpc/grpc-js';
import type { Attributes } from '@opentelemetry/api';
import { type DataPoint, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { openTelemetry } from '@wherry/otel';
import test from 'ava';
import { useBroker } from './support/brokers.js';
import { echo, echoWith, message, unary } from './support/echo.js';
import { clientOf, Harness, signal, workerReady } from './support/harness.js';
import { Received } from './support/log-records.js';

const brokers = useBroker(test);
/** Beyond what a test may take. */
const soon = { deadline: Date.now() + 300_000 };

/** A program's metrics, read when a test asks. */
class Metrics extends MetricReader {
  readonly instrumentation = openTelemetry({ meterProvider: new MeterProvider({ readers: [this] }) });

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}

  /** The values of a metric, and what each is of; of a histogram, how many there were. */
  async values(name: string): Promise<{ of: Attributes; value: number }[]> {
    const { resourceMetrics } = await this.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    const points = metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    return (points as DataPoint<number | Histogram>[]).map(({ attributes, value }) => ({
      of: attributes,
      value: typeof value === 'number' ? value : value.count,
    }));
  }

  async value(name: string, of: Attributes = {}): Promise<number | undefined> {
    const values = await this.values(name);
    return values.find((point) => Object.entries(of).every(([key, value]) => point.of[key] === value))?.value;
  }
}

test('calls are measured at both sides, by method and status', async (t) => {
  const h = new Harness(t, brokers());
  const caller = new Metrics();
  const worker = new Metrics();
  const failing = echoWith({
    unary: (call, callback) => {
      if (call.request.text === 'fail') callback({ code: status.INTERNAL, details: 'no' });
      else callback(null, call.request);
    },
  });
  await h.worker(failing, { instrumentation: worker.instrumentation });
  const client = await h.client({ instrumentation: caller.instrumentation });
  for (const text of ['a', 'b', 'fail']) await unary(client, { text }, soon).catch(() => undefined);
  const method = { 'rpc.system.name': 'grpc', 'rpc.method': 'wherry.test.v1.Echo/Unary' };
  const topic = `${h.namespace}.requests.wherry.test.v1.Echo`;
  const ok = { ...method, 'rpc.response.status_code': 'OK' };
  const internal = { ...method, 'rpc.response.status_code': 'INTERNAL', 'error.type': 'INTERNAL' };
  t.deepEqual(await caller.values('rpc.client.call.duration'), [
    { of: { ...ok, 'server.address': topic }, value: 2 },
    { of: { ...internal, 'server.address': topic }, value: 1 },
  ]);
  t.deepEqual(await worker.values('rpc.server.call.duration'), [
    { of: ok, value: 2 },
    { of: internal, value: 1 },
  ]);
  t.is(await worker.value('wherry.queue.wait', { 'messaging.destination.name': topic }), 3);
  t.is(await caller.value('wherry.client.calls'), 0);
  t.is(await worker.value('wherry.server.calls'), 0);
  // Of what the last fetch told, which may be a record behind.
  t.true(Number(await worker.value('wherry.consumer.lag', { 'wherry.service': 'wherry.test.v1.Echo' })) <= 1);
  t.true(Number(await caller.value('wherry.inbox.lag')) <= 1);
  t.is(await caller.value('wherry.producer.queue'), 0);
});

test('what is under way, waits, expires or is cancelled before it begins is counted', async (t) => {
  const h = new Harness(t, brokers());
  const metrics = new Metrics();
  const { instrumentation } = metrics;
  const held = signal<() => void>();
  const waiting = signal();
  let openings = 0;
  const observer = {
    received: (_record: unknown, _sender: unknown, frames: readonly { open?: unknown }[]) => {
      openings += frames.filter(({ open }) => open !== undefined).length;
      if (openings === 3) waiting.resolve();
    },
  };
  const holding = echoWith({ unary: (call, callback) => held.resolve(() => callback(null, call.request)) });
  await h.worker(holding, { instrumentation, concurrency: 1, observer });
  const client = await h.client({ instrumentation });
  await workerReady(client);
  const first = unary(client, {}, soon);
  const release = await held.promise;
  const ended = signal<number | undefined>();
  const cancelled = client.unary(message({}), new Metadata(), soon, (error) => ended.resolve(error?.code));
  await waiting.promise;
  t.is(await metrics.value('wherry.client.calls'), 2);
  t.is(await metrics.value('wherry.server.calls'), 1);
  t.is(await metrics.value('wherry.server.calls.waiting'), 1);
  cancelled.cancel();
  t.is(await ended.promise, status.CANCELLED);
  await t.throwsAsync(unary(client, {}, { deadline: Date.now() + 1000 }));
  release();
  await first;
  await workerReady(client);
  t.is(await metrics.value('wherry.server.calls.expired'), 1);
  t.is(await metrics.value('wherry.server.calls.cancelled'), 1);
  t.is(await metrics.value('wherry.client.calls'), 0);
});

test('records that are no use are counted by reason, also when who met them is closed', async (t) => {
  const h = new Harness(t, brokers());
  const metrics = new Metrics();
  const { instrumentation } = metrics;
  const channel = await h.channel({ instrumentation });
  await h.worker(echo);
  await workerReady(clientOf(channel));
  const log = await h.log();
  const { topic, partition } = channel.inbox;
  log.produce(topic, partition, Buffer.from('a key of somebody else'), Buffer.from('a value'));
  await log.flush(10_000);
  // Behind it in the inbox.
  await workerReady(clientOf(channel));
  t.is(await metrics.value('wherry.records.unusable', { 'error.type': 'foreign' }), 1);
  t.is(await metrics.value('wherry.records.unusable', { 'error.type': 'malformed' }), 0);
  await channel.close();
  t.is(await metrics.value('wherry.records.unusable', { 'error.type': 'foreign' }), 1);
});

test('records that no worker has read yet are the lag of their service', async (t) => {
  const h = new Harness(t, brokers());
  const metrics = new Metrics();
  const { instrumentation } = metrics;
  const ofService = { 'wherry.service': 'wherry.test.v1.Echo' };
  const lags: Promise<number | undefined>[] = [];
  const observer = { received: (): void => void lags.push(metrics.value('wherry.consumer.lag', ofService)) };
  // Written at once, and read a record a fetch.
  const consumer = { 'queued.min.messages': 1, 'fetch.message.max.bytes': 1000 };
  await h.worker(echo, { instrumentation, observer, consumer });
  const client = await h.client({ packing: { maxFrames: 1 }, producer: { 'batch.num.messages': 1 } });
  await workerReady(client);
  const payload = Buffer.alloc(2000);
  // A machine that is short of time may have read all before it looks for the first time; so again, until it has not.
  let seen = false;
  for (let round = 0; round < 50 && !seen; round++) {
    lags.length = 0;
    await Promise.all(Array.from({ length: 100 }, () => unary(client, { payload }, soon)));
    seen = (await Promise.all(lags)).some((lag) => Number(lag) > 0);
  }
  t.true(seen);
});

test('calls that wait for their turn are counted, and so are those that were there before their worker', async (t) => {
  const h = new Harness(t, brokers());
  const metrics = new Metrics();
  const { instrumentation } = metrics;
  const log = await h.log();
  const topic = `${h.namespace}.requests.wherry.test.v1.Echo`;
  await log.createTopic({ name: topic, partitions: 1 });
  const client = await h.client({ discovery: false });
  const answers = Array.from({ length: 3 }, () => unary(client, {}, soon));
  const written = new Received();
  // The embedded broker gives a topic partitions of its own number.
  for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
    await log.readPartition({ topic, partition, offset: 0, ...written });
  }
  await written.count(1);
  const begun = signal();
  const go = signal();
  const holding = echoWith({
    unary: (call, callback) => {
      begun.resolve();
      void go.promise.then(() => callback(null, call.request));
    },
  });
  // All three came in one record, and so are read when the first is begun.
  await h.worker(holding, { instrumentation, concurrency: 1 });
  await begun.promise;
  t.is(await metrics.value('wherry.server.calls.waiting'), 2);
  t.is(await metrics.value('wherry.server.calls.may_be_redelivered'), 3);
  t.true(Number(await metrics.value('nodejs.eventloop.delay.max')) > 0);
  go.resolve();
  await Promise.all(answers);
  await workerReady(client);
  t.is(await metrics.value('wherry.server.calls.waiting'), 0);
});
