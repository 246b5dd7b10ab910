import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { encodeRecord } from '@wherry/wire';
import anyTest from 'ava';
import type { EchoServer } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { echoWith, message, readAll, unary } from './support/echo.js';
import { clientOf, Harness, signal, workerReady } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);

const soon = { deadline: Date.now() + 600_000 };
type Handlers = Parameters<typeof echoWith>[0];

/** What an async function is to grpc-js's types. */
const handler = <K extends keyof Handlers>(run: (...args: Parameters<NonNullable<EchoServer[K]>>) => unknown) =>
  run as EchoServer[K];

const collected = (call: (done: (error: ServiceError | null) => void) => void): Promise<ServiceError | null> =>
  new Promise((resolve) => call(resolve));

test('a handler whose promise is rejected ends its call with UNKNOWN, and the worker lives', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({
      unary: handler<'unary'>(async (call, callback) => {
        if (call.request.text === 'reject') throw new Error('the password is 1234');
        callback(null, call.request);
      }),
      collect: handler<'collect'>(async (call) => {
        for await (const _part of call) throw new Error('not this one');
      }),
    }),
  );
  const client = await h.client();
  const error = await t.throwsAsync<ServiceError>(unary(client, { text: 'reject' }));
  t.is(error?.code, status.UNKNOWN);
  t.notRegex(error?.message ?? '', /1234/);
  const refused = await collected((done) => client.collect((failed) => done(failed)).write(message({ number: 1 })));
  t.is(refused?.code, status.UNKNOWN);
  t.is((await unary(client, { number: 5 })).number, 5);
});

test('a handler that reads with for await is not harmed by a cancel', async (t) => {
  const h = new Harness(t, brokers());
  const reading = signal();
  const left = signal<unknown>();
  await h.worker(
    echoWith({
      collect: handler<'collect'>(async (call) => {
        try {
          for await (const _part of call) reading.resolve();
        } catch (error) {
          left.resolve(error);
          throw error;
        }
      }),
    }),
  );
  const client = await h.client();
  const call = client.collect(() => undefined);
  call.write(message({ number: 1 }));
  await reading.promise;
  call.cancel();
  t.truthy(await left.promise);
  t.is((await unary(client, { number: 5 })).number, 5);
  t.deepEqual(h.logged, []);
});

test('a handler says with an error event that its call has failed, whatever kind it is', async (t) => {
  const h = new Harness(t, brokers());
  const failure = { code: status.INVALID_ARGUMENT, details: 'not that' };
  await h.worker(
    echoWith({
      collect: (call) => call.emit('error', failure),
      expand: (call) => call.emit('error', failure),
      chat: (call) => call.emit('error', failure),
    }),
  );
  const client = await h.client();
  const refused = await collected((done) => client.collect((failed) => done(failed)).end());
  t.is(refused?.code, status.INVALID_ARGUMENT);
  t.is((await readAll(client.expand(message({})))).error?.details, 'not that');
  t.is((await readAll(client.chat())).error?.details, 'not that');
});

test('a handler that destroys its call has ended it', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({
      collect: (call) => call.destroy(),
      expand: (call) => call.destroy(new Error('gone')),
      chat: (call) => call.destroy(),
    }),
  );
  const client = await h.client();
  const refused = await collected((done) => client.collect((failed) => done(failed)).end());
  t.is(refused?.code, status.CANCELLED);
  t.is((await readAll(client.expand(message({})))).error?.code, status.UNKNOWN);
  t.is((await readAll(client.chat())).error?.code, status.CANCELLED);
});

test('details that are no text are made one', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        const details = call.request.number === 1 ? 404 : new Error('an object');
        callback({ code: status.NOT_FOUND, details: details as unknown as string });
        if (call.request.number === 2) callback({ code: status.NOT_FOUND, message: 404 } as never);
      },
      expand: (call) => call.emit('error', { code: status.NOT_FOUND, message: 404 }),
    }),
  );
  const client = await h.client();
  t.is((await t.throwsAsync<ServiceError>(unary(client, { number: 1 }, soon)))?.code, status.NOT_FOUND);
  t.is((await t.throwsAsync<ServiceError>(unary(client, { number: 2 }, soon)))?.code, status.NOT_FOUND);
  t.is((await readAll(client.expand(message({})))).error?.details, '404');
});

test('many errors with large trailers in one turn are all delivered', async (t) => {
  const h = new Harness(t, brokers());
  const waiting: (() => void)[] = [];
  const all = signal();
  await h.worker(
    echoWith({
      unary: (_call, callback) => {
        const metadata = new Metadata();
        metadata.add('more-bin', Buffer.alloc(6000, 7));
        waiting.push(() => callback({ code: status.ABORTED, details: 'see trailers', metadata }));
        if (waiting.length === 300) all.resolve();
      },
    }),
  );
  const client = await h.client();
  const calls = Array.from({ length: 300 }, () => t.throwsAsync<ServiceError>(unary(client, {}, soon)));
  await all.promise;
  for (const answer of waiting) answer();
  const codes = new Set((await Promise.all(calls)).map((error) => error?.code));
  t.deepEqual([...codes], [status.ABORTED]);
});

test('a record that the log refuses in the middle of a stream ends it on both sides', async (t) => {
  const h = new Harness(t, brokers());
  const cancelled = signal();
  await h.worker(
    echoWith({
      chat: (call) => {
        call.on('cancelled', () => cancelled.resolve());
        call.on('data', (part) => call.write(part));
      },
    }),
  );
  // It does not cut what it should, so the client library has to say no.
  const call = (await h.client({ packing: { maxMessageBytes: 5_000_000 } })).chat(soon);
  call.write(message({ number: 1 }));
  await new Promise((resolve) => call.once('data', resolve));
  call.write(message({ payload: Buffer.alloc(2_000_000) }));
  t.is((await readAll(call)).error?.code, status.RESOURCE_EXHAUSTED);
  await cancelled.promise;
});

test('a listener that throws in one call harms no other call of the same record', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({
      chat: (call) => {
        call.on('data', (part) => {
          if (part.text === 'throw') throw new Error('a bug of the handler');
          call.write(part);
        });
        call.on('end', () => call.end());
      },
    }),
  );
  const thrown = signal<Error>();
  process.setUncaughtExceptionCaptureCallback(thrown.resolve);
  t.teardown(() => process.setUncaughtExceptionCaptureCallback(null));
  const client = await h.client();
  const calls = Array.from({ length: 5 }, () => client.chat(soon));
  for (const call of calls) call.write(message({ text: 'hello' }));
  await Promise.all(calls.map((call) => new Promise((resolve) => call.once('data', resolve))));
  // All in one record.
  for (const [index, call] of calls.entries()) call.write(message({ text: index === 1 ? 'throw' : 'go on' }));
  const others = calls.filter((_call, index) => index !== 1);
  await Promise.all(others.map((call) => new Promise((resolve) => call.once('data', resolve))));
  t.is((await thrown.promise).message, 'a bug of the handler');
  for (const call of others) call.end();
  for (const call of others) t.is((await readAll(call)).error, undefined);
  calls[1]?.on('error', () => undefined);
  calls[1]?.cancel();
});

test('a request that continues after its end is refused, and the worker lives', async (t) => {
  const h = new Harness(t, brokers());
  const ended = signal();
  const worker = await h.worker(
    echoWith({ collect: (call) => call.on('data', () => undefined).on('end', ended.resolve) }),
  );
  const sent: { callId: string; sequence: number }[] = [];
  const channel = await h.channel({
    observer: {
      sent: (_topic, _partition, frames) => sent.push(...frames.map(({ callId, sequence }) => ({ callId, sequence }))),
    },
  });
  const client = clientOf(channel);
  await workerReady(client);
  sent.length = 0;
  const refused = collected((done) => {
    const call = client.collect(soon, (failed) => done(failed));
    call.write(message({ number: 1 }));
    call.write(message({ number: 2 }));
    call.end();
  });
  const log = await h.log();
  // The channel itself does not send such a thing; another implementation may. Its number is what comes next.
  await ended.promise;
  const last = Math.max(...sent.map(({ sequence }) => sequence));
  const callId = sent[0]?.callId ?? '';
  const { key, value } = encodeRecord({
    sender: channel.inbox,
    frames: [{ callId, sequence: last + 1, message: Buffer.alloc(0) }],
  });
  log.produce(worker.inbox.topic, 0, key, value);
  t.is((await refused)?.code, status.INTERNAL);
  t.is((await unary(client, { number: 5 })).number, 5);
});
