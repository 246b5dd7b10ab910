import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import {
  type ChannelInterface,
  connectivityState,
  credentials,
  Metadata,
  ServerCredentials,
  type ServiceError,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { createEgress, type EgressOptions } from '@wherry/gateway';
import { LogError } from '@wherry/kafka';
import type { Frame } from '@wherry/wire';
import test, { type ExecutionContext } from 'ava';
import type { EchoServer, Message } from './gen/echo.js';
import { crossesInAllKinds } from './support/all-kinds.js';
import { useBroker } from './support/brokers.js';
import { echoWith, message, readAll, unary } from './support/echo.js';
import { type GrpcServerOptions, grpcServer } from './support/grpc-server.js';
import { Harness, signal } from './support/harness.js';
import { freePort, portOf } from './support/ports.js';
import { topicsBecome } from './support/topics-become.js';

const brokers = useBroker(test);
const echoName = 'wherry.test.v1.Echo';

const certificate = readFileSync(new URL('../certificates/localhost.crt', import.meta.url));
const privateKey = readFileSync(new URL('../certificates/localhost.key', import.meta.url));

function begin(t: ExecutionContext): Harness {
  t.timeout(30_000);
  return new Harness(t, brokers());
}

/** A stock gRPC server with these handlers, an egress before it, and a caller over Kafka. */
async function through(t: ExecutionContext, handlers: Partial<EchoServer> = {}, options: Partial<EgressOptions> = {}) {
  const h = begin(t);
  const target = await grpcServer(t, echoWith(handlers as Parameters<typeof echoWith>[0]));
  const egress = await h.egress(target.address, options);
  return { h, target, egress, client: await h.client() };
}

const soon = (ms: number): { deadline: number } => ({ deadline: Date.now() + ms });

async function codeOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return status.OK;
  } catch (error) {
    return (error as ServiceError).code;
  }
}

function patient(waitForReady = true): Metadata {
  return new Metadata({ waitForReady });
}

test('calls of all four kinds reach a stock server', async (t) => {
  const { client, egress, target } = await through(t);
  t.is(egress.target, target.address);
  t.deepEqual(egress.services, [echoName]);
  await crossesInAllKinds(t, client);
});

test('a unary call is one record each way, also where its answer comes in parts', async (t) => {
  const h = begin(t);
  const target = await grpcServer(t);
  const replies: Frame[] = [];
  await h.egress(target.address, {
    observer: { sent: (_topic, _partition, frames) => replies.push(...frames.filter((frame) => frame.callId)) },
  });
  const client = await h.client();
  await unary(client, {});
  replies.length = 0;
  const calls = 40;
  for (let number = 0; number < calls; number++) t.is((await unary(client, { number })).number, number);
  const complete = replies.filter((frame) => frame.headers && frame.message && frame.status && !frame.accept);
  t.log(`${complete.length} of ${calls} replies were one record`);
  // A machine that holds up the process for longer than the relay waits makes an exception or two.
  t.true(complete.length > calls * 0.3);
});

test('metadata, trailers and status details cross both ways', async (t) => {
  const bytes = Buffer.from([0, 1, 2, 255, 254, 0]);
  const { client } = await through(t, {
    unary: (call, callback) => {
      const headers = new Metadata();
      for (const value of call.metadata.get('ask-bin')) headers.add('answer-bin', value);
      for (const value of call.metadata.get('ask')) headers.add('answer', value);
      call.sendMetadata(headers);
      const trailers = new Metadata();
      trailers.add('last-bin', bytes);
      trailers.add('last', 'word');
      trailers.add('last', 'and one more');
      if (call.request.number === 0) return callback(null, call.request, trailers);
      trailers.add('grpc-status-details-bin', bytes);
      return callback({ code: status.FAILED_PRECONDITION, details: 'not \u{1f6a2} yet\n100%', metadata: trailers });
    },
  });
  const metadata = new Metadata();
  metadata.add('ask-bin', bytes);
  metadata.add('ask-bin', Buffer.from([255]));
  metadata.add('ask', 'one, or');
  metadata.add('ask', 'two');
  const seen = (number: number) =>
    new Promise<{ headers: Metadata; trailers: StatusObject }>((resolve) => {
      let headers = new Metadata();
      const call = client.unary(message({ number }), metadata, () => undefined);
      call.on('metadata', (received: Metadata) => {
        headers = received;
      });
      call.on('status', (trailers: StatusObject) => resolve({ headers, trailers }));
    });
  const ok = await seen(0);
  t.deepEqual(ok.headers.get('answer-bin'), [bytes, Buffer.from([255])]);
  t.deepEqual(
    ok.headers.get('answer'),
    ['one, or, two'],
    "a stock server joins what it is sent; that is its hop's own",
  );
  t.deepEqual(ok.trailers.metadata.get('last-bin'), [bytes]);
  t.deepEqual(ok.trailers.metadata.get('last'), ['word', 'and one more']);
  const failed = await seen(1);
  t.is(failed.trailers.code, status.FAILED_PRECONDITION);
  t.is(failed.trailers.details, 'not \u{1f6a2} yet\n100%');
  t.deepEqual(failed.trailers.metadata.get('grpc-status-details-bin'), [bytes]);
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

test('an error behind messages lets them through first, however slowly they are read', async (t) => {
  const { client } = await through(t, {
    expand: (call) => {
      for (let number = 0; number < 200; number++) call.write(message({ number, payload: Buffer.alloc(2000) }));
      call.emit('error', { code: status.DATA_LOSS, details: 'that is all' });
    },
  });
  const call = client.expand(message({}));
  const got: number[] = [];
  const error = await t.throwsAsync<ServiceError>(async () => {
    for await (const part of call) {
      got.push((part as Message).number);
      if (got.length % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  });
  t.is(error?.code, status.DATA_LOSS);
  t.is(error?.details, 'that is all');
  t.is(got.length, 200);
});

test('a cancel reaches the server, of a unary call and of streams', async (t) => {
  const running = { unary: signal(), expand: signal(), chat: signal() };
  const cancelled = { unary: signal(), expand: signal(), chat: signal() };
  const watch = (name: keyof typeof running, call: NodeJS.EventEmitter): void => {
    call.on('cancelled', () => cancelled[name].resolve());
    running[name].resolve();
  };
  const { client, egress } = await through(t, {
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
  await running.unary.promise;
  lone.cancel();
  t.is((await ended.promise)?.code, status.CANCELLED);
  await cancelled.unary.promise;

  const stream = client.expand(message({}));
  await running.expand.promise;
  stream.cancel();
  t.is((await readAll(stream)).error?.code, status.CANCELLED);
  await cancelled.expand.promise;

  const chat = client.chat();
  chat.write(message({}));
  await running.chat.promise;
  chat.cancel();
  t.is((await readAll(chat)).error?.code, status.CANCELLED);
  await cancelled.chat.promise;
  t.is(egress.worker.callsRunning, 0);
});

test('the deadline reaches the server and ends the call there too', async (t) => {
  const seen = signal<number>();
  const cancelled = signal();
  const { client } = await through(t, {
    unary: (call, callback) => {
      if (call.request.number === 1) return callback(null, message({ text: String(call.getDeadline()) }));
      seen.resolve(Number(call.getDeadline()));
      call.on('cancelled', () => cancelled.resolve());
    },
  });
  const far = Date.now() + 20 * 86_400_000;
  const { text } = await unary(client, { number: 1 }, { deadline: far });
  t.true(Math.abs(Number(text) - far) <= 2000, `the server saw ${text}`);
  t.is((await unary(client, { number: 1 })).text, 'Infinity');
  const deadline = Date.now() + 5000;
  t.is(await codeOf(unary(client, {}, { deadline })), status.DEADLINE_EXCEEDED);
  t.true(Math.abs((await seen.promise) - deadline) <= 4000);
  await cancelled.promise;
});

test('a server that refuses connections is UNAVAILABLE at once, and served as soon as it is there', async (t) => {
  const h = begin(t);
  const port = await freePort();
  const egress = await h.egress(`127.0.0.1:${port}`);
  const client = await h.client();
  const error = await t.throwsAsync<ServiceError>(unary(client, {}, soon(20_000)));
  t.is(error?.code, status.UNAVAILABLE);
  t.is((await readAll(client.expand(message({})))).error?.code, status.UNAVAILABLE);
  t.is(await codeOf(unary(client, {}, patient(), soon(1500))), status.DEADLINE_EXCEEDED);

  const waiting = unary(client, { number: 1 }, patient(), soon(20_000));
  const target = await grpcServer(t, undefined, { port });
  t.is((await waiting).number, 1);
  t.is((await unary(client, { number: 2 })).number, 2);

  // It goes away, and comes back.
  target.server.forceShutdown();
  await leaves(egress.channel, connectivityState.READY);
  t.is(await codeOf(unary(client, {}, soon(20_000))), status.UNAVAILABLE);
  const again = unary(client, { number: 3 }, patient(), soon(20_000));
  await grpcServer(t, undefined, { port });
  t.is((await again).number, 3);
});

test('an egress may let all calls wait, but those that say no', async (t) => {
  const h = begin(t);
  const port = await freePort();
  await h.egress(`127.0.0.1:${port}`, { waitForReady: true });
  const client = await h.client();
  t.is(await codeOf(unary(client, {}, patient(false), soon(20_000))), status.UNAVAILABLE);
  const waiting = unary(client, { number: 1 }, soon(20_000));
  await grpcServer(t, undefined, { port });
  t.is((await waiting).number, 1);
});

test('the wish to wait crosses a gateway too', async (t) => {
  const h = begin(t);
  const port = await freePort();
  await h.egress(`127.0.0.1:${port}`);
  const client = h.clientTo((await h.gateway()).address);
  const wish = new Metadata();
  wish.set('wherry-wait-for-ready', 'true');
  t.is(await codeOf(unary(client, {}, soon(20_000))), status.UNAVAILABLE);
  const waiting = unary(client, { number: 1 }, wish, soon(20_000));
  let keys: string[] = [];
  const handlers = echoWith({
    unary: (call, callback) => {
      keys = Object.keys(call.metadata.getMap());
      callback(null, call.request);
    },
  });
  await grpcServer(t, handlers, { port });
  t.is((await waiting).number, 1);
  t.deepEqual(
    keys.filter((key) => key.startsWith('wherry-')),
    [],
  );
});

test('a connection that breaks ends its calls with UNAVAILABLE, behind what had come', async (t) => {
  const running = signal();
  const h = begin(t);
  const target = await grpcServer(
    t,
    echoWith({
      unary: () => running.resolve(),
      chat: (call) => call.on('data', (part: Message) => call.write(part)),
    }),
  );
  const relayed: Socket[] = [];
  const between = createServer((socket) => {
    const onward = connect(target.port, '127.0.0.1');
    relayed.push(socket, onward);
    for (const end of [socket, onward]) end.on('error', () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  t.teardown(() => between.close());
  await h.egress(`127.0.0.1:${portOf(between)}`);
  const client = await h.client();
  const pending = codeOf(unary(client, {}, soon(20_000)));
  const chat = client.chat(soon(20_000));
  const heard = readAll(chat);
  chat.write(message({ number: 1 }));
  await new Promise((resolve) => chat.once('data', resolve));
  await running.promise;
  for (const socket of relayed) socket.destroy();
  t.is(await pending, status.UNAVAILABLE);
  t.is((await heard).error?.code, status.UNAVAILABLE);
});

test('as many calls run at once as the option says; the others wait in Kafka', async (t) => {
  const answers: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const two = signal();
  const { client } = await through(
    t,
    {
      unary: (call, callback) => {
        most = Math.max(most, ++running);
        if (running === 2) two.resolve();
        const answer = (): void => {
          running--;
          callback(null, call.request);
          answers.shift()?.();
        };
        if (answers.length < 2 && call.request.number < 2) answers.push(answer);
        else setImmediate(answer);
      },
    },
    { concurrency: 2 },
  );
  const calls = Array.from({ length: 10 }, (_, number) => unary(client, { number }, soon(20_000)));
  await two.promise;
  answers.shift()?.();
  t.deepEqual(
    (await Promise.all(calls)).map(({ number }) => number),
    Array.from({ length: 10 }, (_, number) => number),
  );
  t.is(most, 2);
});

test('messages over a limit are RESOURCE_EXHAUSTED at every hop', async (t) => {
  const h = begin(t);
  const replies = echoWith({
    unary: (call, callback) => callback(null, message({ payload: Buffer.alloc(call.request.number) })),
  });
  const target = await grpcServer(t, replies, { 'grpc.max_receive_message_length': 30_000 });
  await h.egress(target.address, { maxReceiveMessageLength: 50_000 });
  const client = await h.client();
  t.is(await codeOf(unary(client, { payload: Buffer.alloc(20_000) }, soon(20_000))), status.OK);
  t.is(await codeOf(unary(client, { payload: Buffer.alloc(40_000) }, soon(20_000))), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(client, { payload: Buffer.alloc(60_000) }, soon(20_000))), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(client, { number: 60_000 }, soon(20_000))), status.RESOURCE_EXHAUSTED);

  const narrow = new Harness(t, brokers());
  await narrow.egress(target.address, { maxSendMessageLength: 10_000 });
  const other = await narrow.client();
  t.is(await codeOf(unary(other, { payload: Buffer.alloc(20_000) }, soon(20_000))), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(other, { number: 20_000 }, soon(20_000))), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(other, { number: 5000 }, soon(20_000))), status.OK);
});

test('a draining egress finishes its calls and leaves the others to the next', async (t) => {
  const answer = signal<() => void>();
  const { client, egress, h, target } = await through(t, {
    unary: (call, callback) => {
      if (call.request.number === 9) answer.resolve(() => callback(null, call.request));
      else callback(null, call.request);
    },
  });
  const call = unary(client, { number: 9 }, soon(20_000));
  const finish = await answer.promise;
  const draining = egress.drain();
  const next = await h.egress(target.address);
  t.is((await unary(client, { number: 2 }, soon(20_000))).number, 2);
  finish();
  t.is((await call).number, 9);
  await draining;
  t.is(next.worker.counters.startedCalls, 1);
  t.is(egress.channel.getConnectivityState(false), connectivityState.SHUTDOWN);
  await egress.drain();
  await egress.close();
});

test('closing an egress ends its calls, and the server is told', async (t) => {
  const cancelled = signal();
  const { client, egress } = await through(t, {
    chat: (call) => {
      call.on('data', (part: Message) => call.write(part));
      call.on('cancelled', () => cancelled.resolve());
    },
  });
  const stream = client.chat(soon(20_000));
  const heard = readAll(stream);
  stream.write(message({}));
  await new Promise((resolve) => stream.once('data', resolve));
  await egress.close();
  t.is((await heard).error?.code, status.UNAVAILABLE);
  await cancelled.promise;
  await Promise.all([egress.close(), egress.drain()]);
});

function reflecting(options: Partial<GrpcServerOptions> = {}): GrpcServerOptions {
  const files = loadSync(new URL('../proto/echo.proto', import.meta.url).pathname);
  return { add: (server) => new ReflectionService(files as never).addToServer(server), ...options };
}

test('services that are not named are those that the server reflects', async (t) => {
  const h = begin(t);
  const target = await grpcServer(t, undefined, reflecting());
  const egress = await h.egress(target.address, { services: undefined });
  t.deepEqual(egress.services, [echoName]);
  t.is((await unary(await h.client(), { text: 'x' })).text, 'x');
});

test('a server that is not there yet is waited for before it is asked, within a time', async (t) => {
  const h = begin(t);
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await t.throwsAsync(h.egress(address, { services: undefined, targetTimeoutMs: 300 }), {
    message: `${address} could not be reached within 300 ms to be asked for its services`,
  });
  h.logged.length = 0;
  const told = signal<string>();
  const logger = { warn: (...line: unknown[]) => told.resolve(String(line.at(-1))), error: () => undefined };
  const opening = h.egress(address, { services: undefined, logger });
  t.regex(await told.promise, new RegExp(`^${address} cannot be reached yet; the egress waits for it`));
  await grpcServer(t, undefined, reflecting({ port }));
  t.deepEqual((await opening).services, [echoName]);
});

test('a server without reflection needs names, and the error says so', async (t) => {
  const h = begin(t);
  const target = await grpcServer(t);
  await t.throwsAsync(h.egress(target.address, { services: undefined }), {
    message: `cannot ask ${target.address} for its services: it has no server reflection; name them by the option services`,
  });
  const log = await h.log();
  if (!log.embedded) await topicsBecome(t, log, `${h.namespace}.`, []);
});

test('an egress speaks TLS to its server, and shows a certificate of its own', async (t) => {
  const h = begin(t);
  const pair = { cert_chain: certificate, private_key: privateKey };
  const target = await grpcServer(t, undefined, {
    credentials: ServerCredentials.createSsl(certificate, [pair], true),
  });
  const name = `localhost:${target.port}`;
  await h.egress(name, { credentials: credentials.createSsl(certificate, privateKey, certificate) });
  t.is((await unary(await h.client(), { text: 'over TLS' }, soon(20_000))).text, 'over TLS');
  for (const wrong of [credentials.createInsecure(), credentials.createSsl(certificate), credentials.createSsl()]) {
    const other = new Harness(t, brokers());
    await other.egress(name, { credentials: wrong });
    t.is(await codeOf(unary(await other.client(), {}, soon(20_000))), status.UNAVAILABLE);
  }
});

test('wrong options are refused before anything is opened', async (t) => {
  const wrong: [Partial<EgressOptions>, RegExp][] = [
    [{ target: '' }, /target is ""/],
    [{ credentials: {} as never }, /^credentials must be ChannelCredentials/],
    [{ services: [] }, /services is empty/],
    [{ services: ['a b'] }, /services has "a b"; each must be package\.Service/],
    [{ targetTimeoutMs: 0 }, /targetTimeoutMs is 0/],
    [{ concurrency: 0 }, /concurrency is 0/],
  ];
  for (const [options, expected] of wrong) {
    await t.throwsAsync(createEgress({ brokers: '127.0.0.1:1', target: '127.0.0.1:1', ...options }), {
      instanceOf: TypeError,
      message: expected,
    });
  }
});

test('an egress that cannot reach Kafka says so', async (t) => {
  const h = begin(t);
  await t.throwsAsync(h.egress('127.0.0.1:1', { brokers: '127.0.0.1:2', connectTimeoutMs: 300 }), {
    instanceOf: LogError,
    message: /127\.0\.0\.1:2/,
  });
});

/** Until the channel is not in this state any more. */
function leaves(channel: ChannelInterface, state: connectivityState): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.watchConnectivityState(state, Date.now() + 10_000, (error?: Error) => (error ? reject(error) : resolve()));
  });
}
