import { EventEmitter } from 'node:events';
import { type CallCredentials, type InterceptingListener, Metadata, type ServerUnaryCall, status } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import type { AttemptCall, Progress } from './attempt.js';
import type { CallPolicy, HedgingPolicy, RetryPolicy } from './policies.js';
import { ReplayBudget } from './replay-buffer.js';
import { RetryThrottle } from './retry-throttle.js';
import { RetryingCall } from './retrying-call.js';

const retry: RetryPolicy = {
  kind: 'retry',
  maxAttempts: 3,
  initialBackoffMs: 1,
  maxBackoffMs: 1,
  backoffMultiplier: 1,
  codes: new Set([status.UNAVAILABLE]),
  unsentToo: true,
};
const hedging: HedgingPolicy = { kind: 'hedging', maxAttempts: 3, delayMs: 1, codes: new Set([status.UNAVAILABLE]) };

/** An attempt whose replies and failures the test makes. */
class FakeAttempt implements AttemptCall {
  progress: Progress = 'sent';
  ended = false;
  readonly sent: string[] = [];
  readonly untaken: (() => void)[] = [];
  metadata = new Metadata();
  reads = 0;
  cancelled: string | undefined;
  credentials: CallCredentials | undefined;
  #listener: InterceptingListener | undefined;

  constructor(
    readonly number: number,
    readonly onReply: () => void,
  ) {}

  start(metadata: Metadata, listener: InterceptingListener): void {
    this.metadata = metadata;
    this.#listener = listener;
  }

  sendMessageWithContext(context: { callback?: () => void }, message: Buffer): void {
    this.sent.push(message.toString());
    if (context.callback !== undefined) this.untaken.push(context.callback);
  }

  /** A worker takes the messages that were sent. */
  take(): void {
    for (const callback of this.untaken.splice(0)) callback();
  }

  halfClose(): void {
    this.sent.push('.');
  }

  startRead(): void {
    this.reads++;
  }

  cancelWithStatus(code: status, details: string): void {
    if (this.ended) return;
    this.cancelled = details;
    this.take();
    void this.end(code, details);
  }

  setCredentials(credentials: CallCredentials): void {
    this.credentials = credentials;
  }

  getPeer(): string {
    return `worker ${this.number}`;
  }

  getCallNumber(): number {
    return 1;
  }

  getAuthContext(): null {
    return null;
  }

  /** Headers come and are delivered. */
  async headers(metadata = new Metadata()): Promise<void> {
    this.onReply();
    await tick();
    this.#listener?.onReceiveMetadata(metadata);
  }

  async message(text: string): Promise<void> {
    this.onReply();
    await tick();
    this.#listener?.onReceiveMessage(Buffer.from(text));
  }

  async end(code: status, details = '', trailers: Record<string, string> = {}): Promise<void> {
    this.ended = true;
    await tick();
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
    this.#listener?.onReceiveStatus({ code, details, metadata });
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

interface Options {
  readonly policy: CallPolicy;
  readonly throttle?: RetryThrottle;
  readonly budget?: ReplayBudget;
  readonly deadline?: number;
  readonly maxSendMessageLength?: number;
  readonly parent?: ServerUnaryCall<unknown, unknown>;
}

/** A call, its attempts, and the events that its stub got: `headers`, messages, and the status. */
class Bench {
  readonly attempts: FakeAttempt[] = [];
  readonly heard: string[] = [];
  readonly call: RetryingCall;
  readonly underWay = new Set<RetryingCall>();
  readonly budget: ReplayBudget;
  statusMetadata: Metadata | undefined;
  headers: Metadata | undefined;
  readonly #events = new EventEmitter();

  constructor(
    readonly t: ExecutionContext,
    options: Options,
  ) {
    const { policy, throttle, budget = new ReplayBudget(1000, 1000), parent = null } = options;
    this.budget = budget;
    this.call = new RetryingCall(
      {
        budget,
        throttle,
        begun: (call) => this.underWay.add(call),
        settled: (call) => this.underWay.delete(call),
      },
      {
        number: 1,
        deadline: options.deadline ?? Number.POSITIVE_INFINITY,
        maxSendMessageLength: options.maxSendMessageLength ?? -1,
        policy,
        parent,
        propagate: 0xffff,
        attempt: (_previous, onReply) => {
          const attempt = new FakeAttempt(this.attempts.length + 1, onReply);
          this.attempts.push(attempt);
          this.#events.emit('change');
          return attempt;
        },
      },
    );
  }

  start(metadata = new Metadata()): this {
    this.call.start(metadata, {
      onReceiveMetadata: (headers) => {
        this.headers = headers;
        this.#hear('headers');
      },
      onReceiveMessage: (message: Buffer) => this.#hear(message.toString()),
      onReceiveStatus: ({ code, details, metadata: trailers }) => {
        this.statusMetadata = trailers;
        this.#hear(`${status[code]} ${details}`.trim());
      },
    });
    return this;
  }

  /** Sends a message. The promise resolves when the writer may go on. */
  send(text: string): Promise<void> {
    return new Promise((resolve) => this.call.sendMessageWithContext({ callback: () => resolve() }, Buffer.from(text)));
  }

  /** Waits for the attempt of this number to begin. */
  async attempt(number: number): Promise<FakeAttempt> {
    for (;;) {
      const attempt = this.attempts[number - 1];
      if (attempt !== undefined) return attempt;
      await new Promise((resolve) => this.#events.once('change', resolve));
    }
  }

  /** Waits until the stub has got as many events, and checks them. */
  async hears(...wanted: string[]): Promise<void> {
    while (this.heard.length < wanted.length) await new Promise((resolve) => this.#events.once('change', resolve));
    this.t.deepEqual(this.heard, wanted);
  }

  /** Checks that the call is over and has left nothing behind. */
  async isOver(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.t.is(this.underWay.size, 0);
    this.t.is(this.budget.usedBytes, 0);
    this.t.is(this.call.attemptsUnderWay, 0);
    this.t.is(this.attempts.filter(({ ended }) => !ended).length, 0);
  }

  #hear(what: string): void {
    this.heard.push(what);
    this.#events.emit('change');
  }
}

function failing(code: status, trailers: Record<string, string> = {}) {
  return (attempt: FakeAttempt): Promise<void> => attempt.end(code, `attempt ${attempt.number}`, trailers);
}

const unavailable = failing(status.UNAVAILABLE);
const never = { 'grpc-retry-pushback-ms': '-1' };

test('a call is made again until it succeeds, with everything that was sent', async (t) => {
  const metadata = new Metadata();
  metadata.set('mine', 'yes');
  const bench = new Bench(t, { policy: retry }).start(metadata);
  metadata.set('mine', 'changed later');
  const credentials = {} as CallCredentials;
  bench.call.startRead();
  void bench.send('a');
  void bench.send('b');
  bench.call.halfClose();
  bench.call.setCredentials(credentials);
  for (const number of [1, 2]) await unavailable(await bench.attempt(number));
  const third = await bench.attempt(3);
  for (const [index, { sent, reads, metadata: own }] of bench.attempts.entries()) {
    t.deepEqual([sent, reads, own.get('mine')], [['a', 'b', '.'], 1, ['yes']]);
    t.deepEqual(own.get('grpc-previous-rpc-attempts'), index === 0 ? [] : [String(index)]);
  }
  t.is(third.credentials, credentials);
  t.is(bench.call.getPeer(), 'worker 3');
  t.is(bench.underWay.size, 1);
  await third.headers();
  t.is(bench.underWay.size, 0, 'what is committed is the affair of its attempt');
  await third.message('reply');
  await third.end(status.OK);
  await bench.hears('headers', 'reply', 'OK');
  t.deepEqual(bench.headers?.get('grpc-previous-rpc-attempts'), ['2']);
  t.deepEqual(bench.statusMetadata?.get('grpc-previous-rpc-attempts'), []);
  await bench.isOver();
});

test('a call ends with the status of its last attempt', async (t) => {
  const bench = new Bench(t, { policy: retry }).start();
  for (const number of [1, 2, 3]) await unavailable(await bench.attempt(number));
  await bench.hears('UNAVAILABLE attempt 3');
  t.deepEqual(bench.statusMetadata?.get('grpc-previous-rpc-attempts'), ['2']);
  await bench.isOver();
});

test('a status that is not retryable ends the call', async (t) => {
  const bench = new Bench(t, { policy: retry }).start();
  await unavailable(await bench.attempt(1));
  await failing(status.INTERNAL)(await bench.attempt(2));
  await bench.hears('INTERNAL attempt 2');
  t.is(bench.attempts.length, 2);
  await bench.isOver();
});

for (const part of ['headers', 'message'] as const) {
  test(`a call is not made again once ${part} came`, async (t) => {
    const bench = new Bench(t, { policy: retry }).start();
    const [first] = bench.attempts as [FakeAttempt];
    await (part === 'headers' ? first.headers() : first.message('headers'));
    await unavailable(first);
    await bench.hears('headers', 'UNAVAILABLE attempt 1');
    t.is(bench.attempts.length, 1);
    await bench.isOver();
  });
}

test('a reply that came commits the call, even if it cannot be delivered', async (t) => {
  const policy = { ...retry, codes: new Set([status.RESOURCE_EXHAUSTED]) };
  const bench = new Bench(t, { policy }).start();
  const [first] = bench.attempts as [FakeAttempt];
  first.onReply();
  await first.end(status.RESOURCE_EXHAUSTED, 'too large');
  await bench.hears('RESOURCE_EXHAUSTED too large');
  await bench.isOver();
});

test('a success without headers and messages ends the call', async (t) => {
  const bench = new Bench(t, { policy: retry }).start();
  await (await bench.attempt(1)).end(status.OK);
  await bench.hears('OK');
  await bench.isOver();
});

test('the server says when the next attempt is, and the pauses start again', async (t) => {
  const slow = { ...retry, initialBackoffMs: 60_000, maxBackoffMs: 60_000 };
  const bench = new Bench(t, { policy: slow }).start();
  await failing(status.UNAVAILABLE, { 'grpc-retry-pushback-ms': '1' })(await bench.attempt(1));
  await failing(status.UNAVAILABLE, { 'grpc-retry-pushback-ms': '0' })(await bench.attempt(2));
  await (await bench.attempt(3)).end(status.OK);
  await bench.hears('OK');
});

test('the server says that no further attempt may be made', async (t) => {
  for (const value of ['-1', 'never']) {
    const bench = new Bench(t, { policy: retry }).start();
    await failing(status.UNAVAILABLE, { 'grpc-retry-pushback-ms': value })(await bench.attempt(1));
    await bench.hears('UNAVAILABLE attempt 1');
    await bench.isOver();
  }
});

test('a pushback does not make a status retryable', async (t) => {
  const bench = new Bench(t, { policy: retry }).start();
  await failing(status.INTERNAL, { 'grpc-retry-pushback-ms': '1' })(await bench.attempt(1));
  await bench.hears('INTERNAL attempt 1');
});

test('an attempt that did not leave is repeated only if the policy says so', async (t) => {
  const bench = new Bench(t, { policy: { ...retry, unsentToo: false } }).start();
  const [first] = bench.attempts as [FakeAttempt];
  await unavailable(first);
  const second = await bench.attempt(2);
  second.progress = 'unsent';
  await unavailable(second);
  await bench.hears('UNAVAILABLE attempt 2');
});

test('an attempt that certainly reached nobody is repeated once, and does not count', async (t) => {
  const bench = new Bench(t, { policy: { ...retry, maxAttempts: 2, unsentToo: false } }).start();
  const [first] = bench.attempts as [FakeAttempt];
  first.progress = 'undeliverable';
  await failing(status.NOT_FOUND)(first);
  t.is(bench.attempts.length, 2, 'at once');
  const second = await bench.attempt(2);
  t.deepEqual(second.metadata.get('grpc-previous-rpc-attempts'), []);
  await unavailable(second);
  const third = await bench.attempt(3);
  t.deepEqual(third.metadata.get('grpc-previous-rpc-attempts'), ['1']);
  third.progress = 'undeliverable';
  await unavailable(third);
  await bench.hears('UNAVAILABLE attempt 3');
  await bench.isOver();
});

test('a pause that would outlast the deadline ends at the deadline', async (t) => {
  const slow = { ...retry, initialBackoffMs: 60_000, maxBackoffMs: 60_000 };
  const bench = new Bench(t, { policy: slow, deadline: Date.now() + 20 }).start();
  await unavailable(await bench.attempt(1));
  await bench.hears('DEADLINE_EXCEEDED Deadline exceeded before attempt 2; the last ended with UNAVAILABLE: attempt 1');
  await bench.isOver();
});

test('a deadline that passes during an attempt ends the call, even if DEADLINE_EXCEEDED is retryable', async (t) => {
  const policy = { ...retry, codes: new Set([status.DEADLINE_EXCEEDED]) };
  const bench = new Bench(t, { policy, deadline: Date.now() }).start();
  await failing(status.DEADLINE_EXCEEDED)(await bench.attempt(1));
  await bench.hears(
    'DEADLINE_EXCEEDED Deadline exceeded before attempt 2; the last ended with DEADLINE_EXCEEDED: attempt 1',
  );
  t.is(bench.attempts.length, 1);
});

test('a cancel ends the attempt under way, and the call at once', async (t) => {
  const bench = new Bench(t, { policy: retry }).start();
  const sent = bench.send('a');
  bench.call.cancelWithStatus(status.CANCELLED, 'enough');
  t.deepEqual(bench.heard, [], 'not within the call of cancelWithStatus');
  await bench.hears('CANCELLED enough');
  await sent;
  await bench.send('b');
  bench.call.halfClose();
  bench.call.startRead();
  bench.call.cancelWithStatus(status.CANCELLED, 'twice');
  await bench.isOver();
  t.deepEqual(bench.heard, ['CANCELLED enough']);
  t.deepEqual(bench.attempts[0]?.sent, ['a']);
});

test('a cancel during a pause ends the call, and no attempt follows', async (t) => {
  const bench = new Bench(t, { policy: { ...retry, initialBackoffMs: 2, maxBackoffMs: 2 } }).start();
  await unavailable(await bench.attempt(1));
  const waiting = bench.send('a');
  bench.call.cancelWithStatus(status.CANCELLED, 'enough');
  await bench.hears('CANCELLED enough');
  await waiting;
  await bench.isOver();
  t.is(bench.attempts.length, 1);
});

test('a call that is cancelled before its start makes no attempt', async (t) => {
  const bench = new Bench(t, { policy: retry });
  bench.call.cancelWithStatus(status.CANCELLED, 'early');
  bench.start();
  await bench.hears('CANCELLED early');
  t.is(bench.attempts.length, 0);
});

test('a cancel of a committed call is passed on to its attempt', async (t) => {
  const bench = new Bench(t, { policy: retry }).start();
  const [first] = bench.attempts as [FakeAttempt];
  await first.headers();
  bench.call.cancelWithStatus(status.CANCELLED, 'enough');
  await bench.hears('headers', 'CANCELLED enough');
  await bench.isOver();
});

test('a parent cancels the call, during a pause too, and keeps no listener', async (t) => {
  const parent = Object.assign(new EventEmitter(), { cancelled: false, getDeadline: () => Number.POSITIVE_INFINITY });
  const surface = parent as unknown as ServerUnaryCall<unknown, unknown>;
  const bench = new Bench(t, { policy: retry, parent: surface }).start();
  await unavailable(await bench.attempt(1));
  parent.emit('cancelled');
  await bench.hears('CANCELLED Cancelled by parent call');
  t.is(parent.listenerCount('cancelled'), 0);
  await bench.isOver();

  const good = new Bench(t, { policy: retry, parent: surface }).start();
  await good.attempts[0]?.end(status.OK);
  t.is(parent.listenerCount('cancelled'), 0);

  parent.cancelled = true;
  const late = new Bench(t, { policy: retry, parent: surface }).start();
  await late.hears('CANCELLED Cancelled by parent call');
  t.is(late.attempts.length, 0);
});

test('a writer goes on once an attempt has sent its message, and waits during a pause', async (t) => {
  const bench = new Bench(t, { policy: retry }).start();
  const [first] = bench.attempts as [FakeAttempt];
  let written = 0;
  const count = (): void => {
    written++;
  };
  const a = bench.send('a').then(count);
  await new Promise(setImmediate);
  t.is(written, 0);
  first.take();
  await a;
  await unavailable(first);
  const b = bench.send('b').then(count);
  const second = await bench.attempt(2);
  t.is(written, 1);
  t.deepEqual(second.sent, ['a', 'b']);
  second.take();
  await b;
  t.is(written, 2);
  second.take();
  t.is(written, 2);
});

test('a call whose request outgrows the buffer is committed to its attempt', async (t) => {
  const budget = new ReplayBudget(1000, 3 * 32 + 2);
  const bench = new Bench(t, { policy: retry, budget }).start();
  void bench.send('a');
  t.is(budget.usedBytes, 33);
  await unavailable(await bench.attempt(1));
  const second = await bench.attempt(2);
  void bench.send('b');
  t.is(bench.underWay.size, 1);
  void bench.send('c');
  void bench.send('d');
  bench.call.halfClose();
  t.is(bench.underWay.size, 0);
  t.is(budget.usedBytes, 0);
  t.deepEqual(second.sent, ['a', 'b', 'c', 'd', '.']);
  await unavailable(second);
  await bench.hears('UNAVAILABLE attempt 2');
  await bench.isOver();
});

test('a call whose request outgrows the buffer during a pause has one attempt left', async (t) => {
  const bench = new Bench(t, { policy: retry, budget: new ReplayBudget(40, 40) }).start();
  void bench.send('a');
  await unavailable(await bench.attempt(1));
  const large = bench.send('large'.repeat(10));
  void bench.send('b');
  const second = await bench.attempt(2);
  t.deepEqual(second.sent, ['a', 'large'.repeat(10), 'b']);
  second.take();
  await large;
  await unavailable(second);
  await bench.hears('UNAVAILABLE attempt 2');
  await bench.isOver();
});

test('calls share the buffer of their channel', async (t) => {
  const budget = new ReplayBudget(100, 100);
  const first = new Bench(t, { policy: retry, budget }).start();
  void first.send('x'.repeat(60));
  const second = new Bench(t, { policy: retry, budget }).start();
  void second.send('y'.repeat(60));
  await unavailable(await second.attempt(1));
  await second.hears('UNAVAILABLE attempt 1');
  await (await first.attempt(1)).end(status.OK);
  t.is(budget.usedBytes, 0);
});

test('a message above the limit ends the call, even if RESOURCE_EXHAUSTED is retryable', async (t) => {
  const policy = { ...retry, codes: new Set([status.RESOURCE_EXHAUSTED]) };
  const bench = new Bench(t, { policy, maxSendMessageLength: 3 }).start();
  await bench.send('four');
  await bench.hears('RESOURCE_EXHAUSTED Attempted to send message with a size larger than 3');
  await bench.isOver();
});

test('no further attempt is made while the throttle is closed', async (t) => {
  const throttle = new RetryThrottle({ maxTokens: 4, tokenRatio: 1 });
  const bench = new Bench(t, { policy: retry, throttle }).start();
  await unavailable(await bench.attempt(1));
  await unavailable(await bench.attempt(2));
  await bench.hears('UNAVAILABLE attempt 2');
  await bench.isOver();
  throttle.succeeded();
  t.true(throttle.open, 'two failures, no more, were counted');
});

test('the throttle counts only failures that are retryable or that the server refuses to see again', async (t) => {
  const throttle = new RetryThrottle({ maxTokens: 2, tokenRatio: 1 });
  const end = async (code: status, trailers = {}): Promise<void> => {
    const bench = new Bench(t, { policy: retry, throttle }).start();
    await failing(code, trailers)(await bench.attempt(1));
    await bench.hears(`${status[code]} attempt 1`);
  };
  await end(status.INTERNAL);
  t.true(throttle.open);
  await end(status.INTERNAL, never);
  t.false(throttle.open);
});

test('hedging: an attempt follows each pause, the first answer counts, the others are cancelled', async (t) => {
  const bench = new Bench(t, { policy: hedging }).start();
  void bench.send('a');
  bench.call.startRead();
  const [first, second, third] = [await bench.attempt(1), await bench.attempt(2), await bench.attempt(3)];
  void bench.send('b');
  bench.call.halfClose();
  bench.call.startRead();
  t.is(bench.call.attemptsUnderWay, 3);
  for (const { sent, reads } of bench.attempts) t.deepEqual([sent, reads], [['a', 'b', '.'], 2]);
  const headers = second.headers();
  t.truthy(first.cancelled);
  t.truthy(third.cancelled);
  await headers;
  bench.call.startRead();
  t.deepEqual([first.reads, second.reads], [2, 3]);
  await second.message('reply');
  await second.end(status.OK);
  await bench.hears('headers', 'reply', 'OK');
  t.is(bench.call.getPeer(), 'worker 2');
  await bench.isOver();
  t.deepEqual(bench.heard, ['headers', 'reply', 'OK']);
});

test('hedging without a pause: all attempts begin at once', async (t) => {
  const bench = new Bench(t, { policy: { ...hedging, delayMs: 0 } }).start();
  t.is(bench.attempts.length, 3);
  await bench.attempts[0]?.end(status.OK);
  await bench.hears('OK');
  await bench.isOver();
});

test('hedging: the next attempt begins at once after a failure that is not fatal', async (t) => {
  const bench = new Bench(t, { policy: { ...hedging, delayMs: 60_000 } }).start();
  await unavailable(await bench.attempt(1));
  await unavailable(await bench.attempt(2));
  await unavailable(await bench.attempt(3));
  await bench.hears('UNAVAILABLE attempt 3');
  await bench.isOver();
});

test('hedging: attempts under way continue if others fail', async (t) => {
  const bench = new Bench(t, { policy: { ...hedging, delayMs: 0 } }).start();
  const [first, second, third] = bench.attempts as [FakeAttempt, FakeAttempt, FakeAttempt];
  await unavailable(third);
  await unavailable(first);
  t.deepEqual(bench.heard, []);
  await second.end(status.OK);
  await bench.hears('OK');
});

test('hedging: a fatal failure ends the call and its attempts', async (t) => {
  const bench = new Bench(t, { policy: { ...hedging, delayMs: 0 } }).start();
  await failing(status.INTERNAL)(bench.attempts[1] as FakeAttempt);
  await bench.hears('INTERNAL attempt 2');
  t.truthy(bench.attempts[0]?.cancelled);
  await bench.isOver();
});

test('hedging: the server says when the next attempt is', async (t) => {
  const bench = new Bench(t, { policy: { ...hedging, delayMs: 60_000 } }).start();
  await failing(status.UNAVAILABLE, { 'grpc-retry-pushback-ms': '2' })(await bench.attempt(1));
  t.is(bench.attempts.length, 1);
  await (await bench.attempt(2)).end(status.OK);
  await bench.hears('OK');
});

test('hedging: the server says that no further attempt may be made', async (t) => {
  const bench = new Bench(t, { policy: { ...hedging, delayMs: 5 } }).start();
  const second = await bench.attempt(2);
  await failing(status.UNAVAILABLE, never)(await bench.attempt(1));
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.is(bench.attempts.length, 2);
  t.deepEqual(bench.heard, []);
  await unavailable(second);
  await bench.hears('UNAVAILABLE attempt 2');
  await bench.isOver();
});

test('hedging: a closed throttle stops every attempt but the first', async (t) => {
  const throttle = new RetryThrottle({ maxTokens: 2, tokenRatio: 1 });
  throttle.failed();
  const bench = new Bench(t, { policy: { ...hedging, delayMs: 0 }, throttle }).start();
  t.is(bench.attempts.length, 1);
  await unavailable(await bench.attempt(1));
  await bench.hears('UNAVAILABLE attempt 1');
  await bench.isOver();
});

test('hedging: a call whose request outgrows the buffer is committed to the attempt that sent the most', async (t) => {
  const budget = new ReplayBudget(1000, 70);
  const bench = new Bench(t, { policy: { ...hedging, delayMs: 0 }, budget }).start();
  const [first, second, third] = bench.attempts as [FakeAttempt, FakeAttempt, FakeAttempt];
  void bench.send('a');
  void bench.send('b');
  second.take();
  void bench.send('c');
  t.truthy(first.cancelled);
  t.truthy(third.cancelled);
  t.deepEqual(second.sent, ['a', 'b', 'c']);
  t.deepEqual(first.sent, ['a', 'b']);
  await unavailable(second);
  await bench.hears('UNAVAILABLE attempt 2');
  await bench.isOver();
});

test('hedging: the call ends once if its attempts end at the deadline', async (t) => {
  const policy = { ...hedging, delayMs: 0, codes: new Set([status.DEADLINE_EXCEEDED]) };
  const bench = new Bench(t, { policy, deadline: Date.now() + 10_000 }).start();
  await Promise.all(bench.attempts.map(failing(status.DEADLINE_EXCEEDED)));
  await bench.hears('DEADLINE_EXCEEDED attempt 3');
  await bench.isOver();
});

test('a listener that throws leaves nothing behind', async (t) => {
  const bench = new Bench(t, { policy: retry });
  const thrown: unknown[] = [];
  bench.call.start(new Metadata(), {
    onReceiveMetadata: () => undefined,
    onReceiveMessage: () => undefined,
    onReceiveStatus: () => {
      throw new Error('mine');
    },
  });
  await bench.attempts[0]?.end(status.OK).catch((error: unknown) => thrown.push(error));
  t.is(thrown.length, 1);
  await bench.isOver();
});
