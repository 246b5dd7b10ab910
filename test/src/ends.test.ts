import {
  CallCredentials,
  connectivityState,
  credentials,
  InterceptingCall,
  type Interceptor,
  Metadata,
  propagate,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import anyTest from 'ava';
import { EchoClient } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { type EchoUnaryCall, echo, echoWith, message, readAll, unary } from './support/echo.js';
import { clientOf, Harness, signal, workerReady } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);

const soon = (ms: number): { deadline: number } => ({ deadline: Date.now() + ms });
const codeOf = async (call: Promise<unknown>): Promise<number | undefined> => {
  try {
    await call;
    return status.OK;
  } catch (error) {
    return (error as ServiceError).code;
  }
};

test('at its deadline a call ends at the caller, and its handler is told', async (t) => {
  const h = new Harness(t, brokers());
  const cancelled = signal();
  let seen: unknown;
  await h.worker(
    echoWith({
      unary: (call) => {
        seen = call.getDeadline();
        call.on('cancelled', () => cancelled.resolve());
      },
    }),
  );
  const client = await h.client();
  await workerReady(client);
  const deadline = Date.now() + 5000;
  const error = await t.throwsAsync<ServiceError>(unary(client, {}, { deadline }));
  t.is(error?.code, status.DEADLINE_EXCEEDED);
  t.true(Date.now() >= deadline);
  await cancelled.promise;
  t.is(seen, deadline);
});

test('a call whose deadline has passed is not sent', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  let sent = 0;
  const client = await h.client({
    observer: {
      sent: (_topic, _partition, frames) => {
        sent += frames.filter((frame) => frame.open).length;
      },
    },
  });
  t.is(await codeOf(unary(client, {}, soon(-1))), status.DEADLINE_EXCEEDED);
  t.is(sent, 0);
});

test('a call that expired in the topic is never begun', async (t) => {
  const h = new Harness(t, brokers());
  // A worker was here, so the caller knows the topic, and its next call leaves at once.
  const first = await h.worker();
  const client = await h.client({ discovery: false });
  await unary(client, { text: 'there is a worker' }, soon(20_000));
  await first.close();
  t.is(await codeOf(unary(client, { text: 'late' }, soon(300))), status.DEADLINE_EXCEEDED);
  const begun: string[] = [];
  const lateRead = signal();
  const worker = await h.worker(
    echoWith({
      unary: (call, callback) => {
        begun.push(call.request.text);
        callback(null, call.request);
      },
    }),
    {
      observer: {
        received: (_record, _sender, frames) => {
          if (frames.some(({ open }) => Number(open?.deadline) <= Date.now())) lateRead.resolve();
        },
      },
    },
  );
  await lateRead.promise;
  await Promise.all(Array.from({ length: 64 }, () => unary(client, { text: 'in time' }, soon(20_000))));
  t.false(begun.includes('late'));
  t.is(worker.counters.expiredCalls, 1);
});

test('a call that expires while it waits for its turn is not begun, however busy the worker is', async (t) => {
  const h = new Harness(t, brokers());
  const begun: string[] = [];
  const held = signal<() => void>();
  const waiting = signal();
  let late = Number.POSITIVE_INFINITY;
  const worker = await h.worker(
    echoWith({
      unary: (call, callback) => {
        begun.push(call.request.text);
        held.resolve(() => callback(null, call.request));
      },
    }),
    {
      concurrency: 1,
      observer: {
        received: (_record, _sender, frames) => {
          if (frames.some(({ open }) => open?.deadline === late)) waiting.resolve();
        },
      },
    },
  );
  const client = await h.client();
  await workerReady(client);
  const first = unary(client, { text: 'first' });
  const release = await held.promise;
  late = Date.now() + 1000;
  const second = codeOf(unary(client, { text: 'second' }, { deadline: late }));
  await waiting.promise;
  // The event loop is held up: the first call ends before the timer of the second one has had a turn.
  while (Date.now() <= late);
  release();
  await first;
  t.is(await second, status.DEADLINE_EXCEEDED);
  await workerReady(client);
  t.deepEqual(begun, ['first']);
  t.is(worker.counters.expiredCalls, 1);
});

test('a call with a deadline years ahead is an ordinary call', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const deadline = new Date('2999-01-01');
  t.is((await unary(await h.client(), { number: 5 }, { deadline })).number, 5);
});

test('a cancel reaches a unary handler that runs', async (t) => {
  const h = new Harness(t, brokers());
  const running = signal();
  const cancelled = signal<EchoUnaryCall>();
  await h.worker(
    echoWith({
      unary: (call) => {
        call.on('cancelled', () => cancelled.resolve(call));
        running.resolve();
      },
    }),
  );
  const client = await h.client();
  const ended = signal<ServiceError | null>();
  const call = client.unary(message({}), ended.resolve);
  await running.promise;
  call.cancel();
  t.is((await ended.promise)?.code, status.CANCELLED);
  t.true((await cancelled.promise).cancelled);
});

test('a cancel reaches a stream that runs', async (t) => {
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
  const call = (await h.client()).chat();
  call.write(message({ number: 1 }));
  await new Promise((resolve) => call.once('data', resolve));
  call.cancel();
  t.is((await readAll(call)).error?.code, status.CANCELLED);
  await cancelled.promise;
});

test('a cancelled call that waits for its turn is skipped', async (t) => {
  const h = new Harness(t, brokers());
  const begun: number[] = [];
  const first = signal<() => void>();
  const cancelRead = signal();
  const worker = await h.worker(
    echoWith({
      unary: (call, callback) => {
        begun.push(call.request.number);
        if (call.request.number === 0) first.resolve(() => callback(null, call.request));
        else callback(null, call.request);
      },
    }),
    {
      concurrency: 1,
      partitions: 1,
      observer: { received: (_record, _sender, frames) => frames.some(({ cancel }) => cancel) && cancelRead.resolve() },
    },
  );
  const client = await h.client();
  const answered = unary(client, { number: 0 });
  const finishFirst = await first.promise;
  const ended = signal<ServiceError | null>();
  const second = client.unary(message({ number: 1 }), ended.resolve);
  // The opening must have left before the cancel follows it.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  second.cancel();
  t.is((await ended.promise)?.code, status.CANCELLED);
  const third = unary(client, { number: 2 });
  await cancelRead.promise;
  finishFirst();
  await Promise.all([answered, third]);
  t.deepEqual(begun, [0, 2]);
  t.is(worker.counters.cancelledCalls, 1);
});

test('a call cancelled while no worker was there is skipped by the next', async (t) => {
  const h = new Harness(t, brokers());
  await (await h.worker()).close();
  const client = await h.client({ discovery: false });
  const ended = signal<ServiceError | null>();
  const call = client.unary(message({ text: 'never mind' }), ended.resolve);
  const channelReady = unary(client, { text: 'wanted' }, soon(20_000));
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  call.cancel();
  t.is((await ended.promise)?.code, status.CANCELLED);
  const begun: string[] = [];
  await h.worker(
    echoWith({
      unary: (server, callback) => {
        begun.push(server.request.text);
        callback(null, server.request);
      },
    }),
  );
  await channelReady;
  await Promise.all(Array.from({ length: 64 }, () => unary(client, {}, soon(20_000))));
  t.false(begun.includes('never mind'));
});

test('a handler passes its deadline and its cancel on to the calls it makes', async (t) => {
  const h = new Harness(t, brokers());
  const inner = signal<unknown>();
  const innerCancelled = signal();
  const client = await h.client();
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        if (call.request.text === 'inner') {
          inner.resolve(call.getDeadline());
          call.on('cancelled', () => innerCancelled.resolve());
          return;
        }
        client.unary(
          message({ text: 'inner' }),
          new Metadata(),
          { parent: call, propagate_flags: propagate.DEFAULTS },
          (error, reply) => callback(error, reply),
        );
      },
    }),
  );
  const deadline = Date.now() + 20_000;
  const ended = signal<ServiceError | null>();
  const outer = client.unary(message({ text: 'outer' }), new Metadata(), { deadline }, ended.resolve);
  t.is(await inner.promise, deadline);
  outer.cancel();
  t.is((await ended.promise)?.code, status.CANCELLED);
  await innerCancelled.promise;
});

test('call credentials add their metadata, and a failure of theirs ends the call', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({
      unary: (call, callback) => callback(null, message({ text: String(call.metadata.get('authorization')) })),
    }),
  );
  const client = await h.client();
  let asked: unknown;
  const good = CallCredentials.createFromMetadataGenerator((options, callback) => {
    asked = options;
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer 42');
    callback(null, metadata);
  });
  t.is((await unary(client, {}, { credentials: good })).text, 'Bearer 42');
  t.deepEqual(asked, { service_url: 'https://wherry/wherry.test.v1.Echo', method_name: 'Unary' });
  const bad = CallCredentials.createFromMetadataGenerator((_options, callback) => callback(new Error('no token')));
  const error = await t.throwsAsync<ServiceError>(unary(client, {}, { credentials: bad }));
  t.is(error?.code, status.UNAUTHENTICATED);
  t.regex(error?.details ?? '', /no token/);
});

test('a service that has no request topic is UNAVAILABLE at once', async (t) => {
  const h = new Harness(t, brokers());
  const error = await t.throwsAsync<ServiceError>(unary(await h.client(), {}));
  t.is(error?.code, status.UNAVAILABLE);
  t.regex(error?.details ?? '', /wherry\.test\.v1\.Echo/);
});

test('with wait-for-ready a call waits for the service to appear', async (t) => {
  const h = new Harness(t, brokers());
  const client = await h.client();
  const metadata = new Metadata({ waitForReady: true });
  const waiting = unary(client, { number: 3 }, metadata, soon(20_000));
  const hopeless = unary(client, {}, metadata, soon(100));
  t.is(await codeOf(hopeless), status.DEADLINE_EXCEEDED);
  await h.worker();
  t.is((await waiting).number, 3);
});

test('a reply above the limit is RESOURCE_EXHAUSTED, and so is a request', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({ unary: (call, callback) => callback(null, message({ payload: Buffer.alloc(call.request.number) })) }),
    { maxReceiveMessageLength: 5000 },
  );
  const channel = await h.channel({ maxReceiveMessageLength: 1000, maxSendMessageLength: 10_000 });
  const client = clientOf(channel);
  t.is(await codeOf(unary(client, { number: 900 })), status.OK);
  t.is(await codeOf(unary(client, { number: 2000 })), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(client, { payload: Buffer.alloc(6000) })), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(client, { payload: Buffer.alloc(20_000) })), status.RESOURCE_EXHAUSTED);
  t.is(channel.callsUnderWay, 0);
});

test('metadata that no record has room for is RESOURCE_EXHAUSTED, in both directions', async (t) => {
  const h = new Harness(t, brokers());
  const large = new Metadata();
  large.set('x-large', 'x'.repeat(2_000_000));
  await h.worker(echoWith({ unary: (call, callback) => callback(null, call.request, large) }));
  const client = await h.client();
  t.is(await codeOf(unary(client, {}, large, soon(20_000))), status.RESOURCE_EXHAUSTED);
  t.is(await codeOf(unary(client, {}, soon(20_000))), status.RESOURCE_EXHAUSTED);
});

test('grpc-js server interceptors see every call and may change it', async (t) => {
  const h = new Harness(t, brokers());
  const seen: string[] = [];
  const interceptor =
    (name: string): ServerInterceptor =>
    (method, call) =>
      new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMetadata: (metadata, go) => {
              seen.push(`${name} ${method.path}`);
              metadata.set('seen-by', [...metadata.get('seen-by'), name].join(' '));
              go(metadata);
            },
          }),
        sendStatus: (given, next) => {
          const metadata = given.metadata ?? new Metadata();
          metadata.set('trailer-by', name);
          next({ ...given, metadata });
        },
      });
  await h.worker(
    echoWith({ unary: (call, callback) => callback(null, message({ text: String(call.metadata.get('seen-by')) })) }),
    { interceptors: [interceptor('inner'), interceptor('outer')] },
  );
  const client = await h.client();
  const trailers = signal<Metadata>();
  const reply = await new Promise<string>((resolve, reject) => {
    const call = client.unary(message({}), (error, answer) => (error ? reject(error) : resolve(answer.text)));
    call.on('status', ({ metadata }) => trailers.resolve(metadata));
  });
  t.is(seen.length, 2);
  t.regex(reply, /inner.*outer|outer.*inner/);
  t.is((await trailers.promise).get('trailer-by').length, 1);
});

const laters: Record<string, (run: () => void) => unknown> = {
  tick: (run) => process.nextTick(run),
  turn: (run) => setImmediate(run),
};
for (const waits of ['onReceiveMetadata', 'onReceiveMessage'] as const) {
  for (const [how, later] of Object.entries(laters)) {
    test(`a stream is whole behind a client interceptor whose ${waits} waits for the next ${how}`, async (t) => {
      const h = new Harness(t, brokers());
      await h.worker(echo);
      const client = await h.client();
      const interceptor: Interceptor = (options, nextCall) =>
        new InterceptingCall(nextCall(options), {
          start: (metadata, _listener, next) =>
            next(metadata, {
              [waits]: (received: unknown, go: (received: unknown) => void) => later(() => go(received)),
            }),
        });
      // All in one record: headers, messages and the status.
      const stream = client.expand(message({ number: 5 }), { interceptors: [interceptor] });
      const { messages, error } = await readAll(stream);
      t.is(error, undefined);
      t.deepEqual(
        messages.map(({ number }) => number),
        [0, 1, 2, 3, 4],
      );
    });
  }
}

test('closing a channel ends its calls, and only that channel is closed', async (t) => {
  const h = new Harness(t, brokers());
  const running = signal();
  const cancelled = signal();
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        if (call.request.text !== 'stay') return callback(null, call.request);
        call.on('cancelled', () => cancelled.resolve());
        running.resolve();
      },
    }),
  );
  const channel = await h.channel();
  const other = await h.client();
  const pending = codeOf(unary(clientOf(channel), { text: 'stay' }));
  await running.promise;
  const watched = signal<Error | undefined>();
  channel.watchConnectivityState(connectivityState.READY, Date.now() + 20_000, watched.resolve);
  await channel.close();
  t.is(await pending, status.UNAVAILABLE);
  t.is(await watched.promise, undefined);
  await cancelled.promise;
  t.throws(() => channel.createCall('/a.B/C', Number.POSITIVE_INFINITY, null, null, null), { message: /closed/ });
  t.throws(() => channel.getConnectivityState(false), { message: /closed/ });
  t.is((await unary(other, { number: 1 })).number, 1);
  await channel.close();
});

test('draining a channel waits for its calls', async (t) => {
  const h = new Harness(t, brokers());
  const answer = signal<() => void>();
  await h.worker(echoWith({ unary: (call, callback) => answer.resolve(() => callback(null, call.request)) }));
  const channel = await h.channel();
  const call = unary(clientOf(channel), { number: 9 });
  const finish = await answer.promise;
  const drained = channel.drain();
  t.is(channel.callsUnderWay, 1);
  finish();
  t.is((await call).number, 9);
  await drained;
  t.throws(() => channel.getConnectivityState(false));
});

test('a drained worker finishes what it has and takes nothing new', async (t) => {
  const h = new Harness(t, brokers());
  const answer = signal<() => void>();
  const first = await h.worker(
    echoWith({ unary: (_call, callback) => answer.resolve(() => callback(null, message({ text: 'first' }))) }),
  );
  const client = await h.client();
  const call = unary(client, {}, soon(20_000));
  const finish = await answer.promise;
  const drained = first.drain();
  const second = await h.worker(echoWith({ unary: (_call, callback) => callback(null, message({ text: 'second' })) }));
  t.is((await unary(client, {}, soon(20_000))).text, 'second');
  finish();
  t.is((await call).text, 'first');
  await drained;
  t.is(second.callsRunning, 0);
});

test('a worker that drains leaves the calls it has not begun to others', async (t) => {
  const h = new Harness(t, brokers());
  const begun: string[] = [];
  const answer = signal<() => void>();
  const first = await h.worker(
    echoWith({
      unary: (call, callback) => {
        begun.push(`first ${call.request.number}`);
        answer.resolve(() => callback(null, call.request));
      },
    }),
    { concurrency: 1, partitions: 1 },
  );
  const client = await h.client();
  const running = unary(client, { number: 0 }, soon(30_000));
  const finish = await answer.promise;
  const waiting = [1, 2, 3].map((number) => unary(client, { number }, soon(30_000)));
  const drained = first.drain();
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        begun.push(`second ${call.request.number}`);
        callback(null, call.request);
      },
    }),
    { partitions: 1 },
  );
  t.deepEqual(
    (await Promise.all(waiting)).map(({ number }) => number),
    [1, 2, 3],
  );
  finish();
  t.is((await running).number, 0);
  await drained;
  t.deepEqual(begun, ['first 0', 'second 1', 'second 2', 'second 3']);
});

test('a worker that is closed leaves unanswered calls to another', async (t) => {
  const h = new Harness(t, brokers());
  const running = signal();
  const cancelled = signal();
  const first = await h.worker(
    echoWith({
      unary: (call) => {
        call.on('cancelled', () => cancelled.resolve());
        running.resolve();
      },
    }),
  );
  const client = await h.client();
  const call = unary(client, { number: 4 }, soon(30_000));
  await running.promise;
  await first.close();
  await cancelled.promise;
  await h.worker();
  t.is((await call).number, 4);
});

test('a long unary call is accepted late, and still answered', async (t) => {
  const h = new Harness(t, brokers());
  const accepted = signal();
  const answer = signal<() => void>();
  await h.worker(echoWith({ unary: (call, callback) => answer.resolve(() => callback(null, call.request)) }), {
    acceptAfterMs: 100,
  });
  const client = await h.client({
    observer: { received: (_record, _sender, frames) => frames.some((frame) => frame.accept) && accepted.resolve() },
  });
  const call = unary(client, { number: 8 });
  const finish = await answer.promise;
  await accepted.promise;
  finish();
  t.is((await call).number, 8);
});

test('closing the stub closes the channel, as in grpc-js', async (t) => {
  const h = new Harness(t, brokers());
  const channel = await h.channel();
  t.is(channel.getConnectivityState(true), connectivityState.READY);
  const client = new EchoClient('x', credentials.createInsecure(), { channelOverride: channel });
  client.close();
  t.throws(() => channel.getConnectivityState(false));
});

test('wrong options are refused by name', async (t) => {
  const h = new Harness(t, brokers());
  await t.throwsAsync(h.channel({ brokers: 'nowhere' }), { instanceOf: TypeError, message: /brokers is "nowhere"/ });
  await t.throwsAsync(h.channel({ leaseMs: 0 }), { instanceOf: TypeError, message: /leaseMs is 0/ });
  await t.throwsAsync(h.channel({ namespace: 'a b' }), { instanceOf: TypeError, message: /namespace is "a b"/ });
  await t.throwsAsync(h.worker(undefined, { concurrency: 1.5 }), {
    instanceOf: TypeError,
    message: /concurrency is 1.5/,
  });
  await t.throwsAsync(h.channel({ maxReceiveMessageLength: -2 }), { instanceOf: TypeError });
});

test('a cluster that cannot be reached is said to be so', async (t) => {
  const h = new Harness(t, brokers());
  await t.throwsAsync(h.channel({ brokers: '127.0.0.1:1', connectTimeoutMs: 300 }), {
    message:
      /No Kafka broker answered at 127\.0\.0\.1:1 within 300 ms.*: the connection failed: .*; check that a broker runs/,
  });
});

test('a failed connection says its cause and what to do', async (t) => {
  const h = new Harness(t, brokers());
  await t.throwsAsync(h.channel({ brokers: 'nowhere.invalid:9092', connectTimeoutMs: 3000 }), {
    message: /nowhere\.invalid:9092 within 3000 ms.*: the host does not resolve: .*; check option brokers/,
  });
  // librdkafka refuses this value only when it connects. The long time limit shows that nothing waits.
  const kafka = { 'security.protocol': 'ssl', 'ssl.ca.location': '/nowhere/ca.pem' };
  await t.throwsAsync(h.channel({ kafka, connectTimeoutMs: 600_000 }), {
    instanceOf: TypeError,
    message: /^an option of librdkafka \(in kafka or producer\) is wrong: ssl\.ca\.location failed/,
  });
});
