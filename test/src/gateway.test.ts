import { readFileSync } from 'node:fs';
import { connect, constants } from 'node:http2';
import { createServer } from 'node:net';
import { credentials, Metadata, ServerCredentials, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { relayTo, waitForReadyKey } from '@wherry/gateway';
import { LogError } from '@wherry/kafka';
import { createWorker } from '@wherry/worker';
import anyTest, { type ExecutionContext } from 'ava';
import { EchoClient, EchoService, Message } from './gen/echo.js';
import { crossesInAllKinds } from './support/all-kinds.js';
import { useBroker } from './support/brokers.js';
import { echo, echoWith, message, readAll, unary } from './support/echo.js';
import { Harness, signal, workerReady } from './support/harness.js';
import { servedUntil } from './support/served-until.js';
import { topicsBecome } from './support/topics-become.js';

const test = anyTest;
const brokers = useBroker(test);

const certificate = readFileSync(new URL('../certificates/localhost.crt', import.meta.url));
const privateKey = readFileSync(new URL('../certificates/localhost.key', import.meta.url));

function begin(t: ExecutionContext): Harness {
  t.timeout(30_000);
  return new Harness(t, brokers());
}

/** A worker with these handlers, a gateway, and a stock client of it. */
async function through(t: ExecutionContext, handlers: Parameters<typeof echoWith>[0] = {}, options = {}) {
  const h = begin(t);
  const worker = await h.worker(echoWith(handlers));
  const gateway = await h.gateway(options);
  return { h, worker, gateway, client: h.clientTo(gateway.address) };
}

async function codeOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return status.OK;
  } catch (error) {
    return (error as ServiceError).code;
  }
}

const soon = (ms: number): { deadline: number } => ({ deadline: Date.now() + ms });

test('calls of all four kinds cross a gateway', async (t) => {
  const { client } = await through(t);
  await crossesInAllKinds(t, client);
});

test('streams without a message cross too', async (t) => {
  const { client } = await through(t);
  const sum = await new Promise<Message>((resolve, reject) => {
    client.collect((error, reply) => (error ? reject(error) : resolve(reply))).end();
  });
  t.is(sum.text, '0 bytes');
  t.deepEqual(await readAll(client.expand(message({ number: 0 }))), { messages: [], error: undefined });
  const chat = client.chat();
  chat.end();
  t.deepEqual(await readAll(chat), { messages: [], error: undefined });
});

test('a call whose server speaks first needs no message of the client', async (t) => {
  const seen = signal<string>();
  const { client } = await through(t, {
    chat: (call) => {
      seen.resolve(String(call.metadata.get('mine')));
      call.write(message({ text: 'welcome' }));
      call.on('data', (part: Message) => call.write(part));
      call.on('end', () => call.end());
    },
  });
  const metadata = new Metadata();
  metadata.set('mine', 'headers only');
  const call = client.chat(metadata, soon(20_000));
  const first = await new Promise<Message>((resolve) => call.once('data', resolve));
  t.is(first.text, 'welcome');
  t.is(await seen.promise, 'headers only');
  call.write(message({ text: 'now I' }));
  t.is((await new Promise<Message>((resolve) => call.once('data', resolve))).text, 'now I');
  call.end();
  t.deepEqual(await readAll(call), { messages: [], error: undefined });
});

test('the deadline reaches the handler and ends the call on both sides', async (t) => {
  const seen = signal<number>();
  const cancelled = signal();
  const { client } = await through(t, {
    unary: (call) => {
      seen.resolve(Number(call.getDeadline()));
      call.on('cancelled', () => cancelled.resolve());
    },
  });
  await workerReady(client);
  const deadline = Date.now() + 5000;
  t.is(await codeOf(unary(client, {}, { deadline })), status.DEADLINE_EXCEEDED);
  const over = Date.now();
  t.true(over >= deadline - 10 && over < deadline + 10_000, `it ended ${over - deadline} ms after its deadline`);
  const drift = (await seen.promise) - deadline;
  t.true(Math.abs(drift) <= 4000, `the handler saw a deadline ${drift} ms away`);
  await cancelled.promise;
});

test('a call without a deadline has none at the worker, and one weeks ahead is no trouble', async (t) => {
  const deadlines: unknown[] = [];
  const { client } = await through(t, {
    unary: (call, callback) => {
      deadlines.push(call.getDeadline());
      callback(null, call.request);
    },
  });
  await unary(client, {});
  // grpc-js's server itself cannot take one of more than 2^31 ms, which is 24 days.
  const deadline = Date.now() + 20 * 86_400_000;
  t.is((await unary(client, { number: 5 }, { deadline })).number, 5);
  t.is(deadlines[0], Number.POSITIVE_INFINITY);
  t.true(Math.abs(Number(deadlines[1]) - deadline) <= 1000);
});

test('a cancel reaches the handler, of a unary call and of streams', async (t) => {
  const running: Record<string, ReturnType<typeof signal<void>>> = {
    unary: signal(),
    expand: signal(),
    chat: signal(),
  };
  const cancelled: Record<string, ReturnType<typeof signal<void>>> = {
    unary: signal(),
    expand: signal(),
    chat: signal(),
  };
  const watch = (name: string, call: NodeJS.EventEmitter): void => {
    call.on('cancelled', () => cancelled[name]?.resolve());
    running[name]?.resolve();
  };
  const { client, gateway, worker } = await through(t, {
    unary: (call) => watch('unary', call),
    expand: (call) => {
      call.write(message({}));
      watch('expand', call);
    },
    chat: (call) => {
      call.on('data', () => undefined);
      watch('chat', call);
    },
  });
  const ended = signal<ServiceError | null>();
  const lone = client.unary(message({}), ended.resolve);
  await running['unary']?.promise;
  lone.cancel();
  t.is((await ended.promise)?.code, status.CANCELLED);
  await cancelled['unary']?.promise;

  const stream = client.expand(message({}));
  await running['expand']?.promise;
  stream.cancel();
  t.is((await readAll(stream)).error?.code, status.CANCELLED);
  await cancelled['expand']?.promise;

  const chat = client.chat();
  chat.write(message({}));
  await running['chat']?.promise;
  chat.cancel();
  t.is((await readAll(chat)).error?.code, status.CANCELLED);
  await cancelled['chat']?.promise;

  t.is(gateway.channel.callsUnderWay, 0);
  t.is(worker.callsRunning, 0);
});

test('a client that vanishes cancels its calls', async (t) => {
  const running = signal();
  const cancelled = signal();
  const { h, gateway } = await through(t, {
    unary: (call) => {
      call.on('cancelled', () => cancelled.resolve());
      running.resolve();
    },
  });
  const session = connect(`http://${gateway.address}`);
  t.teardown(() => session.destroy());
  const stream = session.request(grpcHeaders('/wherry.test.v1.Echo/Unary'));
  stream.on('error', () => undefined);
  stream.end(framed(Buffer.alloc(0)));
  await running.promise;
  session.destroy();
  await cancelled.promise;
  t.is(h.logged.length, 0);
});

test('metadata crosses both ways, binary values and repeated keys included', async (t) => {
  const bytes = Buffer.from([0, 1, 2, 255, 254, 0]);
  const { client } = await through(t, {
    unary: (call, callback) => {
      const headers = new Metadata();
      for (const value of call.metadata.get('ask-bin')) headers.add('answer-bin', value);
      for (const value of call.metadata.get('ask')) headers.add('answer', value);
      call.sendMetadata(headers);
      const trailers = new Metadata();
      trailers.add('last-bin', bytes);
      trailers.add('last-bin', Buffer.from('two'));
      trailers.add('last', 'word');
      callback(null, call.request, trailers);
    },
  });
  const metadata = new Metadata();
  metadata.add('ask-bin', bytes);
  metadata.add('ask-bin', Buffer.from([255]));
  metadata.add('ask', 'one');
  metadata.add('ask', 'two');
  const { headers, trailers } = await headersAndTrailers((callback) => client.unary(message({}), metadata, callback));
  t.deepEqual(headers.get('answer-bin'), [bytes, Buffer.from([255])]);
  // HTTP/2 joins values of one key with commas; that is the client's own hop.
  t.is(headers.get('answer').join(', '), 'one, two');
  t.deepEqual(trailers.get('last-bin'), [bytes, Buffer.from('two')]);
  t.deepEqual(trailers.get('last'), ['word']);
});

test('headers of a stream come before its first message', async (t) => {
  const go = signal();
  const { client } = await through(t, {
    expand: async (call) => {
      const headers = new Metadata();
      headers.set('first', 'of all');
      call.sendMetadata(headers);
      await go.promise;
      call.end();
    },
  });
  const call = client.expand(message({}));
  const headers = await new Promise<Metadata>((resolve) => call.once('metadata', resolve));
  t.deepEqual(headers.get('first'), ['of all']);
  go.resolve();
  t.deepEqual((await readAll(call)).error, undefined);
});

test('what belongs to one hop is not passed on', async (t) => {
  const seen = signal<Metadata>();
  const { gateway } = await through(t, {
    unary: (call, callback) => {
      seen.resolve(call.metadata.clone());
      const headers = new Metadata();
      for (const key of ['grpc-status', 'grpc-message', 'content-length', 'content-type']) headers.set(key, '5');
      headers.set('kept', 'too');
      call.sendMetadata(headers);
      const trailers = new Metadata();
      trailers.set('grpc-status', '13');
      trailers.set('grpc-message', 'forged');
      trailers.set('kept', 'too');
      callback(null, call.request, trailers);
    },
  });
  const { headers, trailers } = await rawCall(t, gateway.address, '/wherry.test.v1.Echo/Unary', {
    'grpc-timeout': '20S',
    'accept-encoding': 'identity',
    'grpc-accept-encoding': 'identity,gzip',
    'content-length': '5',
    'user-agent': 'raw/1',
    kept: 'yes',
  });
  const asked = (await seen.promise).getMap();
  t.is(asked['kept'], 'yes');
  t.is(asked['user-agent'], 'raw/1');
  const hops = ['te', 'content-type', 'content-length', 'grpc-timeout', 'grpc-accept-encoding', 'accept-encoding'];
  for (const key of hops) t.false(key in asked, `${key} reached the worker`);
  t.is(headers['content-type'], 'application/grpc+proto');
  t.is(headers['content-length'], undefined);
  t.is(headers['kept'], 'too');
  t.is(trailers['grpc-status'], '0');
  t.not(trailers['grpc-message'], 'forged');
  t.is(trailers['kept'], 'too');
});

test('an error brings its code, its text, its trailers and status details, without messages before it', async (t) => {
  const details = Buffer.from([8, 9, 255, 0]);
  const { client } = await through(t, {
    unary: (_call, callback) => {
      const metadata = new Metadata();
      metadata.add('grpc-status-details-bin', details);
      metadata.add('why', 'because');
      callback({ code: status.FAILED_PRECONDITION, details: 'not \u{1f6a2} yet\n100%', metadata });
    },
    expand: (call) => {
      call.emit('error', { code: status.NOT_FOUND, details: 'nothing here' });
    },
  });
  const error = await t.throwsAsync<ServiceError>(unary(client, {}));
  t.is(error?.code, status.FAILED_PRECONDITION);
  t.is(error?.details, 'not \u{1f6a2} yet\n100%');
  t.deepEqual(error?.metadata.get('grpc-status-details-bin'), [details]);
  t.deepEqual(error?.metadata.get('why'), ['because']);
  const stream = await readAll(client.expand(message({})));
  t.deepEqual([stream.messages, stream.error?.code, stream.error?.details], [[], status.NOT_FOUND, 'nothing here']);
});

test('every status code crosses', async (t) => {
  const { client } = await through(t, {
    unary: (call, callback) => callback({ code: call.request.number, details: `code ${call.request.number}` }),
  });
  for (let code = 1; code <= 16; code++) {
    const error = await t.throwsAsync<ServiceError>(unary(client, { number: code }));
    t.deepEqual([error?.code, error?.details], [code, `code ${code}`]);
  }
});

test('an error behind messages lets the messages through first', async (t) => {
  const { client } = await through(t, {
    expand: (call) => {
      for (let number = 0; number < 50; number++) call.write(message({ number }));
      call.emit('error', { code: status.DATA_LOSS, details: 'that is all' });
    },
  });
  // Read from the start: stock grpc-js itself drops what its reader has not asked for when an error comes.
  const { messages, error } = await readAll(client.expand(message({})));
  t.is(messages.length, 50);
  t.is(error?.code, status.DATA_LOSS);
  t.is(error?.details, 'that is all');
});

test('a service that was never served is UNIMPLEMENTED at once', async (t) => {
  const h = begin(t);
  const gateway = await h.gateway();
  const client = h.clientTo(gateway.address);
  const begun = Date.now();
  const error = await t.throwsAsync<ServiceError>(unary(client, {}, soon(20_000)));
  t.is(error?.code, status.UNIMPLEMENTED);
  t.regex(error?.details ?? '', /unknown service wherry\.test\.v1\.Echo/);
  t.true(Date.now() - begun < 10_000, `it took ${Date.now() - begun} ms`);
  const { error: ofStream } = await readAll(client.chat());
  t.is(ofStream?.code, status.UNIMPLEMENTED);
});

test('a service that was served, and has no live worker, is UNAVAILABLE at once, at a new gateway too', async (t) => {
  const { h, worker, gateway, client } = await through(t);
  await unary(client, {});
  await worker.drain();
  await servedUntil(gateway.channel, ({ names }) => names.length === 0);
  const later = await h.gateway();
  for (const caller of [client, h.clientTo(later.address)]) {
    const error = await t.throwsAsync<ServiceError>(unary(caller, {}, soon(20_000)));
    t.is(error?.code, status.UNAVAILABLE);
    t.regex(error?.details ?? '', /nobody serves wherry\.test\.v1\.Echo: no live worker/);
  }
});

test('a call may ask to wait until a worker appears, and the gateway may let all wait', async (t) => {
  const h = begin(t);
  const patient = h.clientTo((await h.gateway({ waitForReady: true })).address);
  const impatient = h.clientTo((await h.gateway()).address);
  const wish = (value: string): Metadata => {
    const metadata = new Metadata();
    metadata.set(waitForReadyKey, value);
    return metadata;
  };
  const waiting = [
    unary(patient, { number: 1 }, soon(20_000)),
    unary(impatient, { number: 2 }, wish('true'), soon(20_000)),
  ];
  t.is(await codeOf(unary(patient, {}, wish('false'), soon(20_000))), status.UNIMPLEMENTED);
  t.is(await codeOf(unary(impatient, {}, soon(20_000))), status.UNIMPLEMENTED);
  t.is(await codeOf(unary(patient, {}, soon(300))), status.DEADLINE_EXCEEDED);
  const keys: string[][] = [];
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        keys.push(Object.keys(call.metadata.getMap()));
        callback(null, call.request);
      },
    }),
  );
  t.deepEqual(
    (await Promise.all(waiting)).map(({ number }) => number),
    [1, 2],
  );
  t.false(keys.flat().includes(waitForReadyKey), 'the wish is for the gateway alone');
});

test('a method that the worker lacks is UNIMPLEMENTED', async (t) => {
  const { client } = await through(t);
  const error = await new Promise<ServiceError | null>((resolve) => {
    const bytes = (buffer: Buffer): Buffer => buffer;
    client.makeUnaryRequest('/wherry.test.v1.Echo/Nothing', bytes, bytes, Buffer.alloc(0), resolve);
  });
  t.is(error?.code, status.UNIMPLEMENTED);
  t.regex(error?.details ?? '', /\/wherry\.test\.v1\.Echo\/Nothing/);
});

test('a path that is no method ends its call and nothing else', async (t) => {
  const { client, gateway } = await through(t);
  for (const path of ['/', '/a', '/a/b/c', '//', '/a/']) {
    const { trailers, headers } = await rawCall(t, gateway.address, path, {});
    const code = Number(trailers['grpc-status'] ?? headers['grpc-status']);
    t.true([status.UNAVAILABLE, status.UNIMPLEMENTED, status.INVALID_ARGUMENT].includes(code), `${path}: ${code}`);
  }
  t.is((await unary(client, { number: 1 })).number, 1);
});

test('messages over a limit are RESOURCE_EXHAUSTED, of the client, the gateway and the worker', async (t) => {
  const { h, gateway, client } = await through(
    t,
    { unary: (call, callback) => callback(null, message({ payload: Buffer.alloc(call.request.number) })) },
    { maxReceiveMessageLength: 50_000 },
  );
  t.is(await codeOf(unary(client, { payload: Buffer.alloc(40_000) }, soon(20_000))), status.OK);
  t.is(await codeOf(unary(client, { payload: Buffer.alloc(60_000) }, soon(20_000))), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(client, { number: 60_000 }, soon(20_000))), status.RESOURCE_EXHAUSTED);
  const large = h.clientTo((await h.gateway({ maxReceiveMessageLength: -1 })).address);
  t.is(await codeOf(unary(large, { payload: Buffer.alloc(5_000_000) }, soon(20_000))), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(large, { number: 5_000_000 }, soon(20_000))), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(large, { number: 2_000_000 }, soon(20_000))), status.OK);
  const chat = client.chat(soon(20_000));
  chat.on('error', () => undefined);
  chat.write(message({ payload: Buffer.alloc(60_000) }));
  t.is((await readAll(chat)).error?.code, status.RESOURCE_EXHAUSTED);
  t.is(gateway.channel.callsUnderWay, 0);
});

const CHUNK = 16_384;
/**
 * What may be under way between two that do not read: windows of Kafka's hop (256 KiB), of HTTP/2 (64 KiB a stream by
 * default) and what the streams of both hold of objects (16 messages each, at every end).
 */
const MOST_AHEAD = 160;
const WANTED = 1000;

test('a client that does not read stops its worker, and then everything arrives', async (t) => {
  let written = 0;
  const blocked = signal();
  const { gateway } = await through(t, {
    expand: async (call) => {
      const payload = Buffer.alloc(CHUNK);
      while (written < WANTED) {
        written++;
        if (call.write(message({ number: written, payload }))) continue;
        const drained = new Promise<string>((resolve) => call.once('drain', () => resolve('drained')));
        // No room for so long means that nothing takes the messages any more.
        const timer = setTimeout(blocked.resolve, 1000);
        await drained;
        clearTimeout(timer);
      }
      call.end();
    },
  });
  // By bare HTTP/2: grpc-js's own client takes what comes, whether it is read or not.
  const session = connect(`http://${gateway.address}`);
  t.teardown(() => session.destroy());
  const stream = session.request(grpcHeaders('/wherry.test.v1.Echo/Expand'));
  stream.end(framed(Buffer.alloc(0)));
  await blocked.promise;
  t.log(`${written} messages of ${CHUNK} bytes were written before the worker stopped`);
  t.true(written <= MOST_AHEAD, `${written} messages were written to a client that reads none`);
  const chunks: Buffer[] = [];
  let trailers: Record<string, unknown> = {};
  stream.on('trailers', (received) => {
    trailers = received;
  });
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  t.deepEqual(
    unframed(Buffer.concat(chunks)).map((bytes) => Message.decode(bytes).number),
    Array.from({ length: WANTED }, (_, index) => index + 1),
  );
  t.is(trailers['grpc-status'], '0');
});

test('a worker that does not read stops the client, and then everything arrives', async (t) => {
  const reading = signal();
  const begun = signal();
  const { client } = await through(t, {
    collect: async (call, callback) => {
      begun.resolve();
      await reading.promise;
      let number = 0;
      let last = 0;
      for await (const part of call as AsyncIterable<Message>) {
        number++;
        if (part.number !== number) last = -1;
        else if (last >= 0) last = part.number;
      }
      callback(null, message({ number, text: String(last) }));
    },
  });
  const blocked = signal();
  let written = 0;
  const reply = new Promise<Message>((resolve, reject) => {
    const call = client.collect((error, answer) => (error ? reject(error) : resolve(answer)));
    void (async () => {
      const payload = Buffer.alloc(CHUNK);
      while (written < WANTED) {
        written++;
        if (call.write(message({ number: written, payload }))) continue;
        const timer = setTimeout(blocked.resolve, 1000);
        await new Promise((drained) => call.once('drain', drained));
        clearTimeout(timer);
      }
      call.end();
    })();
  });
  await begun.promise;
  await blocked.promise;
  t.log(`${written} messages of ${CHUNK} bytes were written before the client stopped`);
  t.true(written <= MOST_AHEAD, `${written} messages were written to a worker that reads none`);
  reading.resolve();
  t.deepEqual(await reply, message({ number: WANTED, text: String(WANTED) }));
});

test('a draining gateway gives up calls that do not end in time, and tells how many', async (t) => {
  const begun = signal();
  const { h, gateway, client } = await through(t, { unary: () => begun.resolve() }, { drainTimeoutMs: 200 });
  const call = codeOf(unary(client, {}, { deadline: Date.now() + 25_000 }));
  await begun.promise;
  t.is(await gateway.drain(), 1);
  t.is(await call, status.UNAVAILABLE);
  t.regex(h.logged.join('\n'), /1 call has not ended 200 ms after drain\(\) began/);
});

test('a draining gateway lets its calls finish and takes no new ones', async (t) => {
  const answer = signal<() => void>();
  const { client, gateway, h } = await through(t, {
    unary: (call, callback) => answer.resolve(() => callback(null, call.request)),
  });
  const call = unary(client, { number: 9 }, soon(20_000));
  const finish = await answer.promise;
  const stream = client.chat(soon(20_000));
  stream.write(message({ number: 1 }));
  await new Promise((resolve) => stream.once('data', resolve));
  let drained = false;
  const draining = gateway.drain().then(() => {
    drained = true;
  });
  const late = h.clientTo(gateway.address);
  t.is(await codeOf(unary(late, {}, soon(20_000))), status.UNAVAILABLE);
  stream.write(message({ number: 2 }));
  t.is((await new Promise<Message>((resolve) => stream.once('data', resolve))).number, 2);
  t.false(drained);
  finish();
  t.is((await call).number, 9);
  t.false(drained);
  stream.end();
  t.deepEqual(await readAll(stream), { messages: [], error: undefined });
  await draining;
  t.throws(() => gateway.channel.getConnectivityState(false), { message: /closed/ });
  await gateway.drain();
  await gateway.close();
});

test('closing a gateway ends its calls with UNAVAILABLE, and their handlers are told', async (t) => {
  const running = signal();
  const cancelled = signal();
  const { client, gateway } = await through(t, {
    unary: (call) => {
      call.on('cancelled', () => cancelled.resolve());
      running.resolve();
    },
  });
  const pending = codeOf(unary(client, {}, soon(20_000)));
  const stream = client.chat(soon(20_000));
  stream.write(message({}));
  await new Promise((resolve) => stream.once('data', resolve));
  const ended = readAll(stream);
  await running.promise;
  await gateway.close();
  t.is(await pending, status.UNAVAILABLE);
  t.is((await ended).error?.code, status.UNAVAILABLE);
  await cancelled.promise;
  t.is(await codeOf(unary(client, {}, soon(20_000))), status.UNAVAILABLE);
  await Promise.all([gateway.close(), gateway.drain()]);
});

test('a wrong option is refused before anything is opened', async (t) => {
  const h = begin(t);
  // Brokers that are not there: the options are looked at first.
  const nowhere = { brokers: '127.0.0.1:1' };
  for (const listen of ['50051', 'localhost', ':50051', 'localhost:', '127.0.0.1:70000']) {
    await t.throwsAsync(h.gateway({ listen, ...nowhere }), { instanceOf: TypeError, message: /^listen is "/ });
  }
  await t.throwsAsync(h.gateway({ maxReceiveMessageLength: -2, ...nowhere }), {
    instanceOf: TypeError,
    message: /^maxReceiveMessageLength is -2/,
  });
  await t.throwsAsync(h.gateway({ credentials: {} as ServerCredentials, ...nowhere }), {
    instanceOf: TypeError,
    message: /^credentials must be ServerCredentials/,
  });
  const pair = { cert_chain: certificate, private_key: Buffer.from('no key') };
  await t.throwsAsync(h.gateway({ credentials: ServerCredentials.createSsl(null, [pair]), ...nowhere }), {
    message: /^the private key of credentials is not PEM/,
  });
});

test('a gateway that cannot reach Kafka says so, and not that it cannot listen', async (t) => {
  const h = begin(t);
  await t.throwsAsync(h.gateway({ brokers: '127.0.0.1:1', connectTimeoutMs: 300 }), {
    instanceOf: LogError,
    message: /^(?!.*listen).*127\.0\.0\.1:1/,
  });
});

test('an address that cannot be listened at is a clear error, and nothing is left open', async (t) => {
  const h = begin(t);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.teardown(() => taken.close());
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const closed: string[] = [];
  const instrumentation = {
    channelMade: () => ({ callMade: () => undefined, closed: () => void closed.push('channel') }),
  };
  await t.throwsAsync(h.gateway({ listen: `127.0.0.1:${port}`, instrumentation }), {
    message: new RegExp(
      `cannot listen on 127\\.0\\.0\\.1:${port}: the port is in use \\(EADDRINUSE\\); .* another port`,
    ),
  });
  t.deepEqual(closed, ['channel']);
  await t.throwsAsync(h.gateway({ listen: 'no-such-host.invalid:0' }), {
    message: /no-such-host\.invalid:0: the host does not resolve/,
  });
  // An address that is kept for documentation (RFC 5737), so no machine has it.
  await t.throwsAsync(h.gateway({ listen: '192.0.2.1:0' }), {
    message: /192\.0\.2\.1:0: this machine has no such address/,
  });
  const log = await h.log();
  if (!log.embedded) await topicsBecome(t, log, `${h.namespace}.inbox.`, []);
});

test('a gateway speaks TLS where it is given a certificate', async (t) => {
  const { gateway } = await through(
    t,
    {},
    {
      listen: 'localhost:0',
      credentials: ServerCredentials.createSsl(null, [{ cert_chain: certificate, private_key: privateKey }]),
    },
  );
  const trusting = new EchoClient(gateway.address, credentials.createSsl(certificate));
  t.teardown(() => trusting.close());
  t.is((await unary(trusting, { text: 'over TLS' }, soon(20_000))).text, 'over TLS');
  const plain = new EchoClient(gateway.address, credentials.createInsecure());
  const distrusting = new EchoClient(gateway.address, credentials.createSsl());
  t.teardown(() => {
    plain.close();
    distrusting.close();
  });
  t.is(await codeOf(unary(plain, {}, soon(20_000))), status.UNAVAILABLE);
  t.is(await codeOf(unary(distrusting, {}, soon(20_000))), status.UNAVAILABLE);
});

test('several gateways serve the same workers at once', async (t) => {
  const h = begin(t);
  await h.worker();
  const gateways = await Promise.all([h.gateway(), h.gateway(), h.gateway()]);
  t.is(new Set(gateways.map(({ address }) => address)).size, 3);
  const replies = await Promise.all(
    gateways.flatMap(({ address }, index) => {
      const client = h.clientTo(address);
      return Array.from({ length: 50 }, (_, number) => unary(client, { number: number * 10 + index }, soon(20_000)));
    }),
  );
  t.deepEqual(
    replies.map(({ number }) => number),
    gateways.flatMap((_, index) => Array.from({ length: 50 }, (_, number) => number * 10 + index)),
  );
  await gateways[0]?.close();
  const client = h.clientTo(gateways[1]?.address ?? '');
  t.is((await unary(client, { number: 1 }, soon(20_000))).number, 1);
});

test('calls of many services cross one gateway, which knows none of them', async (t) => {
  const h = begin(t);
  const other = Object.fromEntries(
    Object.entries(EchoService).map(([name, method]) => [
      name,
      { ...method, path: method.path.replace('wherry.test.v1.Echo', 'other.v1.Service') },
    ]),
  );
  const worker = await createWorker(h.options);
  t.teardown(() => worker.close());
  worker.addService(EchoService, echo);
  worker.addService(other as unknown as typeof EchoService, {
    ...echoWith({ unary: (call, callback) => callback(null, message({ text: `other ${call.request.text}` })) }),
  });
  await worker.start();
  const client = h.clientTo((await h.gateway()).address);
  t.is((await unary(client, { text: 'x' }, soon(20_000))).text, 'x');
  const reply = await new Promise<Message>((resolve, reject) => {
    const { requestSerialize, responseDeserialize } = EchoService.unary;
    client.makeUnaryRequest(
      '/other.v1.Service/Unary',
      requestSerialize,
      responseDeserialize,
      message({ text: 'x' }),
      (error, answer) => (error ? reject(error) : resolve(answer as Message)),
    );
  });
  t.is(reply.text, 'other x');
});

test('what a relay cannot open ends with UNAVAILABLE', async (t) => {
  const ended = signal<Partial<StatusObject>>();
  const handler = relayTo({
    createCall: () => {
      throw new Error('no calls today');
    },
  });
  handler('/a/B', {
    start: (listener: { onReceiveMetadata(metadata: Metadata): void }) => listener.onReceiveMetadata(new Metadata()),
    getDeadline: () => Number.POSITIVE_INFINITY,
    sendStatus: (end: Partial<StatusObject>) => ended.resolve(end),
  } as never);
  t.deepEqual(await ended.promise, { code: status.UNAVAILABLE, details: 'no calls today' });
});

function headersAndTrailers(
  begin: (callback: (error: ServiceError | null) => void) => NodeJS.EventEmitter,
): Promise<{ headers: Metadata; trailers: Metadata }> {
  return new Promise((resolve, reject) => {
    let headers = new Metadata();
    const call = begin((error) => error && reject(error));
    call.on('metadata', (received: Metadata) => {
      headers = received;
    });
    call.on('status', ({ metadata: trailers }: StatusObject) => resolve({ headers, trailers }));
  });
}

function grpcHeaders(path: string): Record<string, string> {
  return {
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: path,
    te: 'trailers',
    'content-type': 'application/grpc+proto',
  };
}

/** A message as it stands in gRPC's body. */
function framed(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The messages of a whole body. */
function unframed(body: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    messages.push(body.subarray(at + 5, end));
    at = end;
  }
  return messages;
}

/** A unary call with an empty message, by bare HTTP/2: what a gRPC library would hide can be sent and seen. */
async function rawCall(t: ExecutionContext, address: string, path: string, extra: Record<string, string>) {
  const session = connect(`http://${address}`);
  t.teardown(() => session.destroy());
  const stream = session.request({ ...grpcHeaders(path), ...extra });
  let headers: Record<string, unknown> = {};
  let trailers: Record<string, unknown> = {};
  stream.on('response', (received) => {
    headers = received;
  });
  stream.on('trailers', (received) => {
    trailers = received;
  });
  stream.resume();
  stream.end(framed(Buffer.alloc(0)));
  await new Promise<void>((resolve, reject) => {
    stream.on('close', resolve);
    stream.on('error', reject);
  });
  return { headers, trailers };
}
