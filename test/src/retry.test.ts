import {
  CallCredentials,
  credentials,
  Metadata,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServiceError,
  type StatusObject,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import type {
  HedgingPolicyConfig,
  MethodConfig,
  RetryPolicyConfig,
  ServiceConfig,
  WherryChannel,
} from '@wherry/client';
import { requestTopic } from '@wherry/endpoint';
import { createWorker } from '@wherry/worker';
import anyTest, { type ExecutionContext } from 'ava';
import { EchoClient, type EchoServer, EchoService, type Message } from './gen/echo.js';
import { realKafka, useBroker } from './support/brokers.js';
import { type EchoUnaryCall, echo, echoWith, message, readAll, unary } from './support/echo.js';
import { startWorkerProcess } from './support/endpoint-process.js';
import { clientOf, Harness, signal, workerReady } from './support/harness.js';
import { servedUntil } from './support/served-until.js';
import { ShopClient, ShopService, shop, shopName } from './support/shop.js';
import { topicsBecome } from './support/topics-become.js';

const test = anyTest;
const brokers = useBroker(test);
const onRealKafka = realKafka === undefined ? test.skip : test;

const soon = (ms = 20_000): { deadline: number } => ({ deadline: Date.now() + ms });
const failure = { code: status.UNAVAILABLE, details: 'not now' };

/** A service config with this entry for the echo service. */
function configFor(entry: Omit<MethodConfig, 'name'>, more: Partial<ServiceConfig> = {}): ServiceConfig {
  return { methodConfig: [{ name: [{ service: 'wherry.test.v1.Echo' }], ...entry }], ...more };
}

function retrying(policy: Partial<RetryPolicyConfig> = {}, more: Partial<ServiceConfig> = {}): ServiceConfig {
  const retryPolicy = {
    maxAttempts: 4,
    initialBackoff: '0.01s',
    maxBackoff: '0.05s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
    ...policy,
  };
  return configFor({ retryPolicy }, more);
}

function hedged(policy: Partial<HedgingPolicyConfig> = {}): ServiceConfig {
  const hedgingPolicy = { maxAttempts: 3, hedgingDelay: '0.02s', nonFatalStatusCodes: ['UNAVAILABLE'], ...policy };
  return configFor({ hedgingPolicy });
}

const slow = { initialBackoff: '60s', maxBackoff: '60s' };

/** How often a handler was begun, with what it saw of earlier attempts. */
function previousAttempts(call: { metadata: Metadata }): string {
  return call.metadata.get('grpc-previous-rpc-attempts').join() || 'first';
}

/** A unary handler that fails so often before it answers, and what its attempts were told. */
function failingUnary(failures: number, error: Partial<StatusObject> = failure) {
  const seen: string[] = [];
  const handler = (call: EchoUnaryCall, callback: sendUnaryData<Message>): void => {
    seen.push(previousAttempts(call));
    if (seen.length <= failures) callback(error);
    else callback(null, call.request);
  };
  return { seen, handler };
}

async function errorOf(call: Promise<unknown>): Promise<ServiceError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error as ServiceError;
  }
}

const pushback = (value: string): { metadata: Metadata } => {
  const metadata = new Metadata();
  metadata.set('grpc-retry-pushback-ms', value);
  return { metadata };
};

test('a call that fails twice succeeds, and each attempt knows how many there were', async (t) => {
  const h = new Harness(t, brokers());
  const { seen, handler } = failingUnary(2);
  await h.worker(echoWith({ unary: handler }));
  const channel = await h.channel({ serviceConfig: retrying() });
  const headers = signal<Metadata>();
  const reply = await new Promise<Message>((resolve, reject) => {
    const call = clientOf(channel).unary(message({ number: 7 }), new Metadata(), soon(), (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
    call.on('metadata', headers.resolve);
  });
  t.is(reply.number, 7);
  t.deepEqual(seen, ['first', '1', '2']);
  t.deepEqual((await headers.promise).get('grpc-previous-rpc-attempts'), ['2']);
  t.is(channel.callsUnderWay, 0);
});

test('two messages for a method that has one are an error in a second attempt too', async (t) => {
  const h = new Harness(t, brokers());
  let attempts = 0;
  const expand: EchoServer['expand'] = (call) => {
    if (++attempts === 1) {
      call.emit('error', failure);
      return;
    }
    for (const number of [1, 2]) call.write(message({ number }));
    call.end();
  };
  await h.worker(echoWith({ expand }));
  const client = await h.client({ serviceConfig: retrying() });
  const { path, requestSerialize, responseDeserialize } = EchoService.expand;
  const answer = new Promise((resolve, reject) => {
    // The stub of somebody who takes it for a unary method.
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      message({}),
      new Metadata(),
      soon(),
      (error, reply) => (error ? reject(error) : resolve(reply)),
    );
  });
  const error = await errorOf(answer);
  t.is(attempts, 2);
  t.like(error, { code: status.UNIMPLEMENTED, details: 'Too many responses received' });
});

test('a call that always fails ends as its last attempt', async (t) => {
  const h = new Harness(t, brokers());
  const { seen, handler } = failingUnary(9);
  await h.worker(echoWith({ unary: handler }));
  const error = await errorOf(unary(await h.client({ serviceConfig: retrying() }), {}, soon()));
  t.like(error, failure);
  t.deepEqual(error?.metadata.get('grpc-previous-rpc-attempts'), ['3']);
  t.is(seen.length, 4);
});

test('a status that is not named is not retried, and a method that is not named neither', async (t) => {
  const h = new Harness(t, brokers());
  const { seen, handler } = failingUnary(9, { code: status.INTERNAL, details: 'no' });
  await h.worker(echoWith({ unary: handler }));
  t.is((await errorOf(unary(await h.client({ serviceConfig: retrying() }), {}, soon())))?.code, status.INTERNAL);
  const [entry] = retrying({ retryableStatusCodes: [13] }).methodConfig ?? [];
  const name = [{ service: 'wherry.test.v1.Echo', method: 'Chat' }];
  const serviceConfig = { methodConfig: [{ ...entry, name }] };
  t.is((await errorOf(unary(await h.client({ serviceConfig }), {}, soon())))?.code, status.INTERNAL);
  t.is(seen.length, 2);
});

test('a call of which a message was delivered is not made again', async (t) => {
  const h = new Harness(t, brokers());
  let begun = 0;
  await h.worker(
    echoWith({
      expand: (call) => {
        begun++;
        call.write(message({ number: begun }));
        call.emit('error', failure);
      },
    }),
  );
  const client = await h.client({ serviceConfig: retrying() });
  const { messages, error } = await readAll(client.expand(message({}), soon()));
  t.deepEqual(
    messages.map(({ number }) => number),
    [1],
  );
  t.is(error?.code, status.UNAVAILABLE);
  t.is(begun, 1);
});

test('headers alone are a part of a reply', async (t) => {
  const h = new Harness(t, brokers());
  let begun = 0;
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        begun++;
        call.sendMetadata(new Metadata());
        callback(failure);
      },
    }),
  );
  t.like(await errorOf(unary(await h.client({ serviceConfig: retrying() }), {}, soon())), failure);
  t.is(begun, 1);
});

test('that a worker has accepted a call is no part of a reply', async (t) => {
  const h = new Harness(t, brokers());
  let accepted = signal();
  let begun = 0;
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        begun++;
        if (begun === 3) callback(null, call.request);
        else void accepted.promise.then(() => callback(failure));
      },
    }),
    { acceptAfterMs: 20 },
  );
  const client = await h.client({
    serviceConfig: retrying(),
    observer: {
      received: (_record, _sender, frames) => {
        if (!frames.some(({ accept }) => accept)) return;
        accepted.resolve();
        accepted = signal();
      },
    },
  });
  t.is((await unary(client, { number: 5 }, soon())).number, 5);
  t.is(begun, 3);
});

test('a worker that closes loses an accepted call to the next', async (t) => {
  const h = new Harness(t, brokers());
  const first = await h.worker();
  const accepted = signal();
  const channel = await h.channel({
    serviceConfig: retrying(),
    observer: { received: (_record, _sender, frames) => frames.some(({ accept }) => accept) && accepted.resolve() },
  });
  const reply = signal<Message | ServiceError | null>();
  const call = clientOf(channel).collect(new Metadata(), soon(60_000), (error, sum) => reply.resolve(error ?? sum));
  call.write(message({ number: 1 }));
  await accepted.promise;
  await h.worker();
  await first.close();
  call.write(message({ number: 2 }));
  call.end();
  t.like(await reply.promise, { number: 3 });
  t.is(channel.callsUnderWay, 0);
});

onRealKafka('a worker that is killed loses an accepted call to another', async (t) => {
  t.timeout(120_000);
  const h = new Harness(t, brokers());
  const killed = await startWorkerProcess(t, h.brokers, h.namespace);
  const accepted = signal();
  const channel = await h.channel({
    serviceConfig: retrying(),
    observer: { received: (_record, _sender, frames) => frames.some(({ accept }) => accept) && accepted.resolve() },
  });
  const reply = signal<Message | ServiceError | null>();
  const call = clientOf(channel).collect(new Metadata(), soon(100_000), (error, sum) => reply.resolve(error ?? sum));
  call.write(message({ number: 1 }));
  await accepted.promise;
  const other = await startWorkerProcess(t, h.brokers, h.namespace);
  await killed.kill();
  call.write(message({ number: 2 }));
  call.end();
  t.like(await reply.promise, { number: 3 });
  t.is(call.getPeer(), `kafka:${other.inbox}`);
});

test('the worker says when, or never', async (t) => {
  const h = new Harness(t, brokers());
  let seen: string[] = [];
  const worker = (call: EchoUnaryCall, callback: sendUnaryData<Message>): void => {
    seen.push(previousAttempts(call));
    if (seen.length === 1) callback({ ...failure, ...pushback(call.request.text) });
    else callback(null, call.request);
  };
  await h.worker(echoWith({ unary: worker }));
  // Were it for the policy alone, the second attempt would come after the deadline.
  const client = await h.client({ serviceConfig: retrying(slow) });
  for (const [text, attempts] of Object.entries({ '0': 2, '30': 2, '-1': 1, soon: 1 })) {
    seen = [];
    const error = await errorOf(unary(client, { text }, soon()));
    t.is(error?.code, attempts === 1 ? status.UNAVAILABLE : undefined, text);
    t.is(seen.length, attempts, text);
  }
});

test('the deadline is for the whole call, in a pause and in an attempt', async (t) => {
  const h = new Harness(t, brokers());
  const deadlines: unknown[] = [];
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        deadlines.push(call.getDeadline());
        if (deadlines.length !== 3) callback(failure);
      },
    }),
  );
  await workerReady(await h.client());
  const pausing = await h.client({ serviceConfig: retrying(slow) });
  // The time of the call is for its handler, not for finding the route.
  await workerReady(pausing);
  const error = await errorOf(unary(pausing, {}, soon(4000)));
  t.is(error?.code, status.DEADLINE_EXCEEDED);
  t.regex(error?.details ?? '', /before attempt 2; the last ended with UNAVAILABLE: not now/);
  const trying = await h.client({ serviceConfig: retrying() });
  await workerReady(trying);
  const { deadline } = soon(4000);
  t.is((await errorOf(unary(trying, {}, { deadline })))?.code, status.DEADLINE_EXCEEDED);
  t.deepEqual(deadlines.slice(1), [deadline, deadline]);
});

test('a call in a pause: it can be cancelled, closing ends it, draining waits for it', async (t) => {
  const h = new Harness(t, brokers());
  const { handler } = failingUnary(3, { ...failure, ...pushback('300') });
  await h.worker(echoWith({ unary: handler }));
  const paused = async (policy: Partial<RetryPolicyConfig>) => {
    const failed = signal();
    const channel = await h.channel({
      serviceConfig: retrying(policy),
      observer: {
        received: (_record, _sender, frames) => frames.some((frame) => frame.status !== undefined) && failed.resolve(),
      },
    });
    const ended = signal<ServiceError | Message | null>();
    const call = clientOf(channel).unary(message({ number: 1 }), (error, reply) => ended.resolve(error ?? reply));
    await failed.promise;
    await new Promise(setImmediate);
    t.is(channel.callsUnderWay, 1);
    return { channel, call, ended: ended.promise };
  };
  const one = await paused({});
  one.call.cancel();
  t.like(await one.ended, { code: status.CANCELLED });
  t.is(one.channel.callsUnderWay, 0);
  const two = await paused({});
  await two.channel.close();
  t.like(await two.ended, { code: status.UNAVAILABLE, details: 'the channel was closed' });
  const three = await paused({});
  const drained = three.channel.drain();
  t.like(await three.ended, { number: 1 });
  await drained;
});

test('a request that does not fit into the buffer has one attempt', async (t) => {
  const h = new Harness(t, brokers());
  const { seen, handler } = failingUnary(9);
  await h.worker(echoWith({ unary: handler }));
  const client = await h.client({ serviceConfig: retrying(), perRpcRetryBufferBytes: 1000 });
  t.like(await errorOf(unary(client, { payload: Buffer.alloc(1000) }, soon())), failure);
  t.is(seen.length, 1);
  t.like(await errorOf(unary(client, { payload: Buffer.alloc(500) }, soon())), failure);
  t.is(seen.length, 5);
});

test('a stream that outgrows the buffer goes on in the attempt it has', async (t) => {
  const h = new Harness(t, brokers());
  let begun = 0;
  await h.worker(
    echoWith({
      collect: (call, callback) => {
        begun++;
        if (begun === 1) callback(failure);
        else echo.collect(call, callback);
      },
    }),
  );
  const client = await h.client({ serviceConfig: retrying(), perRpcRetryBufferBytes: 300_000 });
  const total = 64;
  const sum = await new Promise<Message>((resolve, reject) => {
    const call = client.collect(new Metadata(), soon(), (error, reply) => (error ? reject(error) : resolve(reply)));
    const next = (number: number): void => {
      if (number === total) call.end();
      else call.write(message({ number: 1, payload: Buffer.alloc(20_000) }), () => next(number + 1));
    };
    next(0);
  });
  t.is(begun, 2);
  t.like(sum, { number: total, text: `${total * 20_000} bytes` });
});

/** A stream handler that gives up once it has so many messages, for its first attempts, and keeps what it got. */
function failingStream(failures: number, after: number) {
  const attempts: number[][] = [];
  const begin = (call: ServerReadableStream<Message, Message>, fail: () => void, end: (numbers: number[]) => void) => {
    const numbers: number[] = [];
    attempts.push(numbers);
    const failing = attempts.length <= failures;
    call.on('data', ({ number }: Message) => {
      numbers.push(number);
      if (failing && numbers.length === after) fail();
    });
    call.on('end', () => {
      if (!failing) end(numbers);
    });
  };
  return { attempts, begin };
}

test('the messages of a stream are sent again, in order', async (t) => {
  const h = new Harness(t, brokers());
  const { attempts, begin } = failingStream(2, 30);
  await h.worker(
    echoWith({
      collect: (call, callback) =>
        begin(
          call,
          () => callback(failure),
          (numbers) => callback(null, message({ number: numbers.length })),
        ),
    }),
  );
  const client = await h.client({ serviceConfig: retrying() });
  const numbers = Array.from({ length: 50 }, (_, number) => number);
  const sum = await new Promise<Message>((resolve, reject) => {
    const call = client.collect(new Metadata(), soon(), (error, reply) => (error ? reject(error) : resolve(reply)));
    for (const number of numbers) call.write(message({ number, payload: Buffer.alloc(5000) }));
    call.end();
  });
  t.is(sum.number, 50);
  t.deepEqual(attempts[2], numbers);
  t.is(attempts.length, 3);
});

test('a conversation is begun again, in order, while nothing was answered', async (t) => {
  const h = new Harness(t, brokers());
  const { attempts, begin } = failingStream(1, 3);
  await h.worker(
    echoWith({
      chat: (call) =>
        begin(
          call as unknown as ServerReadableStream<Message, Message>,
          () => call.emit('error', failure),
          (numbers) => {
            for (const number of numbers) call.write(message({ number }));
            call.end();
          },
        ),
    }),
  );
  const call = (await h.client({ serviceConfig: retrying() })).chat(soon());
  for (const number of [1, 2, 3, 4, 5]) {
    call.write(message({ number }));
    await new Promise(setImmediate);
  }
  call.end();
  const { messages, error } = await readAll(call);
  t.is(error, undefined);
  t.deepEqual(
    messages.map(({ number }) => number),
    [1, 2, 3, 4, 5],
  );
  t.is(attempts.length, 2);
});

test('credentials are asked for each attempt', async (t) => {
  const h = new Harness(t, brokers());
  const tokens: string[] = [];
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        tokens.push(String(call.metadata.get('authorization')));
        if (tokens.length < 3) callback(failure);
        else callback(null, call.request);
      },
    }),
  );
  let asked = 0;
  const perAttempt = CallCredentials.createFromMetadataGenerator((_options, callback) => {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${++asked}`);
    callback(null, metadata);
  });
  const client = await h.client({ serviceConfig: retrying() });
  await unary(client, {}, new Metadata(), { ...soon(), credentials: perAttempt });
  t.deepEqual(tokens, ['Bearer 1', 'Bearer 2', 'Bearer 3']);
});

test('a parent that is cancelled cancels the attempt', async (t) => {
  const h = new Harness(t, brokers());
  const begun = signal();
  const cancelled = signal();
  const client = await h.client({ serviceConfig: retrying() });
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        if (call.request.text !== 'inner') {
          client.unary(message({ text: 'inner' }), new Metadata(), { parent: call }, callback);
        } else if (previousAttempts(call) === 'first') {
          callback(failure);
        } else {
          call.on('cancelled', () => cancelled.resolve());
          begun.resolve();
        }
      },
    }),
  );
  const ended = signal<ServiceError | null>();
  const outer = client.unary(message({}), new Metadata(), soon(), ended.resolve);
  await begun.promise;
  outer.cancel();
  t.is((await ended.promise)?.code, status.CANCELLED);
  await cancelled.promise;
});

/** Answers every attempt but the first, and that not before the first has begun. */
function answersButFirst<Call extends EchoUnaryCall | ServerReadableStream<Message, Message>>(
  answer: (call: Call) => void,
) {
  const begun = signal();
  const cancelled = signal();
  const handle = (call: Call): void => {
    if (previousAttempts(call) === 'first') {
      call.on('cancelled', () => cancelled.resolve());
      begun.resolve();
    } else {
      void begun.promise.then(() => answer(call));
    }
  };
  return { handle, cancelled: cancelled.promise };
}

test('hedging: of two attempts the first to answer counts, and the other is cancelled', async (t) => {
  const h = new Harness(t, brokers());
  const { handle, cancelled } = answersButFirst((call: EchoUnaryCall) =>
    call.emit('answer', null, message({ text: previousAttempts(call) })),
  );
  let attempts = 0;
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        attempts++;
        call.once('answer', callback);
        handle(call);
      },
    }),
  );
  const channel = await h.channel({ serviceConfig: hedged({ maxAttempts: 2 }) });
  t.is((await unary(clientOf(channel), {}, soon())).text, '1');
  await cancelled;
  t.is(attempts, 2);
  t.is(channel.callsUnderWay, 0);
});

test('hedging: all at once, failures that are not fatal do no harm', async (t) => {
  const h = new Harness(t, brokers());
  const seen: string[] = [];
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        const attempt = previousAttempts(call);
        seen.push(attempt);
        if (attempt === '2') callback(null, message({ text: attempt }));
        else callback(failure);
      },
    }),
  );
  const client = await h.client({ serviceConfig: hedged({ hedgingDelay: '0s' }) });
  t.is((await unary(client, {}, soon())).text, '2');
  t.true(seen.includes('2'));
});

test('hedging: attempts are on partitions of their own, also where there is no pause', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(echoWith({ unary: (_call, callback) => callback(failure) }), { partitions: 4 });
  const partitions: number[] = [];
  const client = await h.client({
    serviceConfig: hedged({ hedgingDelay: '0s' }),
    observer: {
      sent: (_topic, partition, frames) => {
        for (const { open } of frames) if (open !== undefined) partitions.push(partition);
      },
    },
  });
  t.like(await errorOf(unary(client, {}, soon())), failure);
  t.is(partitions.length, 3);
  t.is(new Set(partitions).size, 3);
});

test('hedging: a fatal failure ends the call, and the other attempts', async (t) => {
  const h = new Harness(t, brokers());
  const { handle, cancelled } = answersButFirst((call: EchoUnaryCall) =>
    call.emit('answer', { code: status.INTERNAL, details: 'no' }),
  );
  await h.worker(
    echoWith({
      unary: (call, callback) => {
        call.once('answer', callback);
        handle(call);
      },
    }),
  );
  const channel = await h.channel({ serviceConfig: hedged() });
  t.is((await errorOf(unary(clientOf(channel), {}, soon())))?.code, status.INTERNAL);
  await cancelled;
  t.is(channel.callsUnderWay, 0);
});

test('hedging: a stream is sent to each attempt', async (t) => {
  const h = new Harness(t, brokers());
  const { handle, cancelled } = answersButFirst((call: ServerReadableStream<Message, Message>) => call.emit('answer'));
  await h.worker(
    echoWith({
      collect: (call, callback) => {
        call.once('answer', () => echo.collect(call, callback));
        handle(call);
      },
    }),
  );
  const client = await h.client({ serviceConfig: hedged({ maxAttempts: 2 }) });
  const sum = await new Promise<Message>((resolve, reject) => {
    const call = client.collect(new Metadata(), soon(), (error, reply) => (error ? reject(error) : resolve(reply)));
    for (const number of [1, 2, 3]) call.write(message({ number }));
    call.end();
  });
  t.is(sum.number, 6);
  await cancelled;
});

test('when too much fails nothing is tried again, until enough succeeds', async (t) => {
  const h = new Harness(t, brokers());
  const { seen, handler } = failingUnary(Number.POSITIVE_INFINITY);
  await h.worker(echoWith({ unary: handler }));
  const { retryPolicy } = retrying().methodConfig?.[0] ?? {};
  const name = [{ service: 'wherry.test.v1.Echo', method: 'Unary' }];
  const retryThrottling = { maxTokens: 4, tokenRatio: 1 };
  const client = await h.client({ serviceConfig: { methodConfig: [{ name, retryPolicy }], retryThrottling } });
  const attempts = async (): Promise<number> => {
    seen.length = 0;
    t.like(await errorOf(unary(client, {}, soon())), failure);
    return seen.length;
  };
  t.is(await attempts(), 2, 'two of four tokens are gone');
  t.is(await attempts(), 1);
  // Calls of methods without a policy count too.
  for (let success = 0; success < 3; success++) await readAll(client.expand(message({ number: 1 }), soon()));
  t.is(await attempts(), 2);
});

onRealKafka('a request that certainly reached nobody is sent again, whatever the policy says', async (t) => {
  t.timeout(60_000);
  const h = new Harness(t, brokers());
  const first = await h.worker(undefined, { partitions: 8 });
  const client = await h.client({ serviceConfig: retrying({ retryableStatusCodes: ['ABORTED'] }) });
  await unary(client, {}, soon());
  await first.close();
  const log = await h.log();
  const topic = requestTopic(h.namespace, 'wherry.test.v1.Echo');
  t.true(await log.deleteTopic(topic));
  await topicsBecome(t, log, topic, []);
  // The caller still knows eight partitions, of which there is one.
  await h.worker(undefined, { partitions: 1 });
  const replies = [1, 2, 3, 4].map((number) => unary(client, { number }, soon(50_000)));
  t.deepEqual(
    (await Promise.all(replies)).map(({ number }) => number),
    [1, 2, 3, 4],
  );
});

onRealKafka('a call whose inbox is deleted is made again, with the inbox that takes its place', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const channel = await h.channel({ serviceConfig: retrying(), inbox: { heartbeatMs: 500 } });
  const client = clientOf(channel);
  await unary(client, { number: 1 }, soon());
  const log = await h.log();
  const { topic } = channel.inbox;
  t.true(await log.deleteTopic(topic));
  // The broker deletes a topic with a delay: calls may still be answered in it.
  for (let number = 2; channel.inbox.topic === topic; number++) {
    t.is((await unary(client, { number }, soon())).number, number);
  }
});

test('a timeout, and that a call waits, come from the config where the caller says nothing', async (t) => {
  const h = new Harness(t, brokers());
  const client = await h.client({ serviceConfig: configFor({ timeout: '0.2s', waitForReady: true }) });
  const code = async (of: EchoClient, ...options: unknown[]): Promise<status | undefined> =>
    (await errorOf(unary(of, {}, ...options)))?.code;
  t.is(await code(client), status.DEADLINE_EXCEEDED);
  t.is(await code(client, soon()), status.DEADLINE_EXCEEDED, 'the sooner of two deadlines counts');
  // Calls that must not reach their deadline have more time.
  const patient = await h.client({ serviceConfig: configFor({ timeout: '60s', waitForReady: true }) });
  t.is(await code(patient, new Metadata({ waitForReady: false }), soon()), status.UNAVAILABLE);
  const waiting = code(patient);
  await h.worker();
  t.is(await waiting, undefined);
});

test('limits of size come from the config', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker(
    echoWith({ unary: (call, callback) => callback(null, message({ payload: Buffer.alloc(call.request.number) })) }),
  );
  const limits = { maxRequestMessageBytes: 100, maxResponseMessageBytes: 50 };
  const { retryPolicy } = retrying({ retryableStatusCodes: [8, 14] }).methodConfig?.[0] ?? {};
  for (const entry of [limits, { ...limits, retryPolicy }]) {
    const client = await h.client({ serviceConfig: configFor(entry) });
    const code = async (request: Partial<Message>): Promise<status | undefined> =>
      (await errorOf(unary(client, request, soon())))?.code;
    t.is(await code({ payload: Buffer.alloc(90), number: 40 }), undefined);
    t.is(await code({ payload: Buffer.alloc(101) }), status.RESOURCE_EXHAUSTED);
    t.is(await code({ number: 51 }), status.RESOURCE_EXHAUSTED);
  }
});

test('a service that nobody serves is UNAVAILABLE after the attempts, and one that appears is found', async (t) => {
  const h = new Harness(t, brokers());
  const channel = await h.channel({ serviceConfig: retrying() });
  const error = await errorOf(unary(clientOf(channel), {}, soon()));
  t.is(error?.code, status.UNAVAILABLE);
  t.regex(error?.details ?? '', /nobody serves/);
  t.deepEqual(error?.metadata.get('grpc-previous-rpc-attempts'), ['3']);
  const patient = await h.client({
    serviceConfig: retrying({ maxAttempts: 5, initialBackoff: '2s', maxBackoff: '5s' }),
  });
  const reply = unary(patient, { number: 4 }, soon(60_000));
  await h.worker();
  t.is((await reply).number, 4);
});

test('a method whose .proto says that it may be repeated is retried, if that is not switched off', async (t) => {
  const h = new Harness(t, brokers());
  const seen: string[] = [];
  const place: UntypedHandleCall = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
    const [attempt = 'first'] = call.metadata.get('grpc-previous-rpc-attempts');
    seen.push(String(attempt));
    if (seen.length < 3) callback(failure);
    else callback(null, call.request);
  };
  const placeOver = (channel: WherryChannel, method: string): Promise<ServiceError | null> => {
    const client = new ShopClient('wherry', credentials.createInsecure(), { channelOverride: channel });
    const bytes = (buffer: Buffer): Buffer => buffer;
    return new Promise((resolve) => {
      client.makeUnaryRequest(`/${shopName}/${method}`, bytes, bytes, Buffer.alloc(0), soon(), resolve);
    });
  };
  const channel = await h.channel();
  const nobody = await placeOver(channel, 'Place');
  t.is(nobody?.code, status.UNAVAILABLE);
  t.deepEqual(nobody?.metadata.get('grpc-previous-rpc-attempts'), [], 'nobody serves it: it fails at once');
  const worker = await createWorker(h.options);
  t.teardown(() => worker.close());
  worker.addService(ShopService, { ...shop, Place: place, Ship: place });
  await worker.start();
  await servedUntil(channel, ({ names }) => names.includes(shopName));
  t.is(await placeOver(channel, 'Place'), null);
  t.deepEqual(seen.splice(0), ['first', '1', '2']);
  t.like(await placeOver(channel, 'Ship'), failure);
  t.deepEqual(seen.splice(0), ['first']);
  const off = await h.channel({ retryIdempotent: false });
  await off.services.ready();
  t.like(await placeOver(off, 'Place'), failure);
  t.deepEqual(seen, ['first']);
});

for (const [name, serviceConfig] of Object.entries({ retried: retrying({ maxAttempts: 5 }), hedged: hedged() })) {
  test(`2,000 calls that are ${name} end once each, with the right answer`, async (t) => {
    t.timeout(60_000);
    const h = new Harness(t, brokers());
    const tries = new Map<string, number>();
    await h.worker(
      echoWith({
        unary: (call, callback) => {
          const { text, number } = call.request;
          const before = tries.get(text) ?? 0;
          tries.set(text, before + 1);
          if (before < number) setImmediate(() => callback(failure));
          else callback(null, call.request);
        },
      }),
    );
    const channel = await h.channel({ serviceConfig });
    const client = clientOf(channel);
    const endings: string[] = [];
    await Promise.all(
      Array.from({ length: 2000 }, async (_, index) => {
        const text = `call ${index}`;
        const reply = await unary(client, { text, number: index % 3 }, soon(50_000));
        if (reply.text !== text) t.fail(`${text} got the answer of ${reply.text}`);
        endings.push(text);
      }),
    );
    t.is(new Set(endings).size, 2000);
    t.is(endings.length, 2000);
    t.is(channel.callsUnderWay, 0);
    await channel.drain();
  });
}

test('through a gateway: its service config is for clients of any language', async (t) => {
  const h = new Harness(t, brokers());
  const { seen, handler } = failingUnary(2);
  const { attempts, begin } = failingStream(1, 3);
  await h.worker(
    echoWith({
      unary: handler,
      collect: (call, callback) =>
        begin(
          call,
          () => callback(failure),
          (numbers) => callback(null, message({ text: numbers.join() })),
        ),
    }),
  );
  const gateway = await h.gateway({ serviceConfig: retrying() });
  const client = h.clientTo(gateway.address);
  t.is((await unary(client, { number: 9 }, soon())).number, 9);
  t.deepEqual(seen, ['first', '1', '2']);
  const sum = await new Promise<Message>((resolve, reject) => {
    const call = client.collect(new Metadata(), soon(), (error, reply) => (error ? reject(error) : resolve(reply)));
    for (const number of [1, 2, 3, 4]) call.write(message({ number }));
    call.end();
  });
  t.is(sum.text, '1,2,3,4');
  t.is(attempts.length, 2);
  t.is(gateway.channel.callsUnderWay, 0);
});

test('through a gateway: attempts of the client and of the gateway add up', async (t) => {
  const h = new Harness(t, brokers());
  const { seen, handler } = failingUnary(3);
  await h.worker(echoWith({ unary: handler }));
  const gateway = await h.gateway({ serviceConfig: retrying({ maxAttempts: 2 }) });
  const client = new EchoClient(gateway.address, credentials.createInsecure(), {
    'grpc.service_config': JSON.stringify(retrying({ maxAttempts: 2 })),
  });
  t.teardown(() => client.close());
  t.is((await unary(client, { number: 9 }, soon())).number, 9);
  t.deepEqual(seen, ['first', '1', '1', '2']);
});

test('through a gateway: waiting is as its service config has it, where neither it nor the caller says', async (t) => {
  const h = new Harness(t, brokers());
  const serviceConfig = configFor({ waitForReady: true });
  const waiting = await h.gateway({ serviceConfig });
  const not = await h.gateway({ serviceConfig, waitForReady: false });
  const code = async (address: string, ms: number, metadata = new Metadata()): Promise<status | undefined> =>
    (await errorOf(unary(h.clientTo(address), {}, metadata, soon(ms))))?.code;
  t.is(await code(waiting.address, 500), status.DEADLINE_EXCEEDED);
  t.is(await code(not.address, 20_000), status.UNIMPLEMENTED);
  const metadata = new Metadata();
  metadata.set('wherry-wait-for-ready', 'false');
  t.is(await code(waiting.address, 20_000, metadata), status.UNIMPLEMENTED);
});

test('a wrong service config is refused, and what is unknown in one is logged', async (t) => {
  const h = new Harness(t, brokers());
  await refuses(
    t,
    h,
    { serviceConfig: configFor({ timeout: '5' }) },
    /serviceConfig\.methodConfig\[0\]\.timeout is "5"/,
  );
  await refuses(t, h, { perRpcRetryBufferBytes: 0 }, /perRpcRetryBufferBytes is 0/);
  await refuses(t, h, { retryBufferBytes: -1 }, /retryBufferBytes is -1/);
  await h.channel({ serviceConfig: { ...retrying(), retryPolcy: {} } as ServiceConfig });
  t.deepEqual(h.logged, ['serviceConfig.retryPolcy is unknown and is ignored']);
});

function refuses(t: ExecutionContext, h: Harness, options: object, message: RegExp): Promise<unknown> {
  return t.throwsAsync(h.channel(options), { instanceOf: TypeError, message });
}
