import { fileURLToPath } from 'node:url';
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import anyTest from 'ava';
import type { Message } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { echoWith, message, readAll, unary } from './support/echo.js';
import { clientOf, Harness, signal } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);

test('a unary call is answered', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const client = await h.client();
  const payload = Buffer.from([0, 1, 255, 128]);
  t.deepEqual(await unary(client, { text: 'Ada', number: -7, payload }), { text: 'Ada', number: -7, payload });
});

test('an empty message is a message', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  t.deepEqual(await unary(await h.client(), {}), message({}));
});

test('a client stream is answered with one message', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const client = await h.client();
  const reply = await new Promise<Message>((resolve, reject) => {
    const call = client.collect((error, answer) => (error ? reject(error) : resolve(answer)));
    for (let number = 1; number <= 100; number++) call.write(message({ number, payload: Buffer.alloc(10) }));
    call.end();
  });
  t.is(reply.number, 5050);
  t.is(reply.text, '1000 bytes');
});

test('a client stream without a message is answered too', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const client = await h.client();
  const reply = await new Promise<Message>((resolve, reject) => {
    client.collect((error, answer) => (error ? reject(error) : resolve(answer))).end();
  });
  t.is(reply.text, '0 bytes');
});

test('a server stream brings every message in order, then ends', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const { messages, error } = await readAll((await h.client()).expand(message({ number: 500, text: 'x' })));
  t.is(error, undefined);
  t.deepEqual(
    messages.map(({ number }) => number),
    Array.from({ length: 500 }, (_, index) => index),
  );
});

test('a server stream may be empty', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const { messages, error } = await readAll((await h.client()).expand(message({ number: 0 })));
  t.deepEqual([messages, error], [[], undefined]);
});

test('a bidirectional stream is a conversation', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const call = (await h.client()).chat();
  const heard: number[] = [];
  call.write(message({ number: 1 }));
  for await (const { number } of call as AsyncIterable<Message>) {
    heard.push(number);
    if (number < 20) call.write(message({ number: number + 1 }));
    else call.end();
  }
  t.deepEqual(
    heard,
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
});

test('a stub made by proto-loader goes over the channel as it is', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const proto = fileURLToPath(new URL('../proto/echo.proto', import.meta.url));
  const definition = loadPackageDefinition(loadSync(proto)) as unknown as {
    wherry: { test: { v1: { Echo: ServiceClientConstructor } } };
  };
  const { Echo } = definition.wherry.test.v1;
  const client = new Echo('wherry', credentials.createInsecure(), { channelOverride: await h.channel() });
  const reply = await new Promise<{ text: string }>((resolve, reject) => {
    client['Unary']?.({ text: 'loaded' }, (error: ServiceError | null, answer: { text: string }) =>
      error ? reject(error) : resolve(answer),
    );
  });
  t.is(reply.text, 'loaded');
});

test('metadata crosses both ways, binary values and repeated keys included', async (t) => {
  const h = new Harness(t, brokers());
  const bytes = Buffer.from([0, 1, 2, 255, 254, 0]);
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        const headers = new Metadata();
        for (const value of call.metadata.get('ask-bin')) headers.add('answer-bin', value);
        for (const value of call.metadata.get('ask')) headers.add('answer', value);
        call.sendMetadata(headers);
        const trailers = new Metadata();
        trailers.add('last-bin', bytes);
        trailers.add('last', 'word');
        callback(null, call.request, trailers);
      },
    }),
  );
  const client = await h.client();
  const metadata = new Metadata();
  metadata.add('ask-bin', bytes);
  metadata.add('ask-bin', Buffer.alloc(0));
  metadata.add('ask', 'one');
  metadata.add('ask', 'two, three');
  const got = await new Promise<{ headers: Metadata; trailers: Metadata }>((resolve, reject) => {
    let headers = new Metadata();
    const call = client.unary(message({}), metadata, (error) => error && reject(error));
    call.on('metadata', (received: Metadata) => {
      headers = received;
    });
    call.on('status', ({ metadata: trailers }) => resolve({ headers, trailers }));
  });
  t.deepEqual(got.headers.get('answer-bin'), [bytes, Buffer.alloc(0)]);
  t.deepEqual(got.headers.get('answer'), ['one', 'two, three']);
  t.deepEqual(got.trailers.get('last-bin'), [bytes]);
  t.deepEqual(got.trailers.get('last'), ['word']);
});

test('an error brings its code, its text, its trailers and status details', async (t) => {
  const h = new Harness(t, brokers());
  const details = Buffer.from([8, 9, 255, 0]);
  await h.worker(
    echoWith({
      unary: (_call, callback) => {
        const metadata = new Metadata();
        metadata.add('grpc-status-details-bin', details);
        callback({ code: status.FAILED_PRECONDITION, details: 'not \u{1f6a2} yet\n100%', metadata });
      },
    }),
  );
  const error = await t.throwsAsync<ServiceError>(unary(await h.client(), {}));
  t.is(error?.code, status.FAILED_PRECONDITION);
  t.is(error?.details, 'not \u{1f6a2} yet\n100%');
  t.deepEqual(error?.metadata.get('grpc-status-details-bin'), [details]);
});

test('an error behind messages lets the messages through first', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({
      expand: (call) => {
        for (let number = 0; number < 10; number++) call.write(message({ number }));
        call.emit('error', { code: status.DATA_LOSS, details: 'that is all' });
      },
    }),
  );
  const call = (await h.client()).expand(message({}));
  // Reading begins when everything is there, so nothing but the order of delivery can save the messages.
  await new Promise((resolve) => call.once('metadata', resolve));
  const { messages, error } = await readAll(call);
  t.is(messages.length, 10);
  t.is(error?.code, status.DATA_LOSS);
});

test('a handler that throws ends its call with UNKNOWN and tells the caller nothing', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({
      unary: () => {
        throw new Error('the password is 1234');
      },
    }),
  );
  const error = await t.throwsAsync<ServiceError>(unary(await h.client(), {}));
  t.is(error?.code, status.UNKNOWN);
  t.notRegex(error?.message ?? '', /1234/);
  t.true(h.logged.some((line) => line.includes('the password is 1234')));
});

test('a handler that answers twice has answered once', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        callback(null, call.request);
        callback({ code: status.ABORTED });
        callback(null, call.request);
      },
    }),
  );
  const client = await h.client();
  for (const number of [1, 2, 3]) t.is((await unary(client, { number })).number, number);
});

test('a method that the worker lacks is UNIMPLEMENTED', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const client = await h.client();
  const error = await new Promise<ServiceError | null>((resolve) => {
    const bytes = (buffer: Buffer): Buffer => buffer;
    client.makeUnaryRequest('/wherry.test.v1.Echo/Nothing', bytes, bytes, Buffer.alloc(0), resolve);
  });
  t.is(error?.code, status.UNIMPLEMENTED);
  t.regex(error?.details ?? '', /\/wherry\.test\.v1\.Echo\/Nothing/);
});

test('a request that cannot be read ends with INTERNAL', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const client = await h.client();
  const error = await new Promise<ServiceError | null>((resolve) => {
    const bytes = (buffer: Buffer): Buffer => buffer;
    client.makeUnaryRequest('/wherry.test.v1.Echo/Unary', bytes, bytes, Buffer.from([0xff, 0xff]), resolve);
  });
  t.is(error?.code, status.INTERNAL);
});

test('many stubs share a channel, and calls are independent', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const channel = await h.channel();
  const clients = Array.from({ length: 5 }, () => clientOf(channel));
  const replies = await Promise.all(
    Array.from({ length: 500 }, (_, number) => unary(clients[number % 5] ?? clientOf(channel), { number })),
  );
  t.deepEqual(
    replies.map(({ number }) => number),
    replies.map((_, index) => index),
  );
  t.is(channel.callsUnderWay, 0);
});

test('the listener of one call may throw without harm to another', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const client = await h.client();
  const thrown = signal<Error>();
  process.setUncaughtExceptionCaptureCallback(thrown.resolve);
  t.teardown(() => process.setUncaughtExceptionCaptureCallback(null));
  client.unary(message({ number: 1 }), () => {
    throw new Error('a bug of the caller');
  });
  const other = unary(client, { number: 2 });
  t.is((await thrown.promise).message, 'a bug of the caller');
  t.is((await other).number, 2);
});
