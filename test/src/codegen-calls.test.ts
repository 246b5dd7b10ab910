import {
  type ClientDuplexStream,
  credentials,
  Metadata,
  makeClientConstructor,
  Server,
  ServerCredentials,
  status as Status,
} from '@grpc/grpc-js';
import { type CallContext, type CallOptions, fileDescriptors, type StatusError } from '@wherry/codegen/runtime';
import { DescriptorCodec } from '@wherry/wire';
import { loadedDescriptors } from '@wherry/worker';
import anyTest from 'ava';
import {
  protoFile,
  StoreClient$ as StoreClient,
  type StoreServer,
  StoreService,
} from './gen/codegen/wherry/codegen/v1/everything.js';
import { useBroker } from './support/brokers.js';
import { Harness, signal } from './support/harness.js';
import {
  failure,
  failures,
  gather,
  type Item,
  items,
  notFound,
  overGrpcJs,
  overWherry,
  type Serve,
} from './support/store.js';

const test = anyTest;
const brokers = useBroker(test);

const paths: readonly (readonly [name: string, serve: Serve])[] = [
  ['over Kafka', overWherry(brokers)],
  ['over grpc-js', overGrpcJs],
];

/** Waits until a server's first call, which on Kafka may come before its group has its partitions. */
const patient: CallOptions = { waitForReady: true, timeoutMs: 30_000 };

/** What a handler's context tells a test. */
function whenCancelled({ signal: cancelled }: CallContext): Promise<StatusError> {
  return new Promise((resolve) => {
    cancelled.addEventListener('abort', () => resolve(cancelled.reason as StatusError), { once: true });
  });
}

for (const [path, serve] of paths) {
  test(`${path}: calls of all four kinds`, async (t) => {
    const client = await serve(t, {});
    const item = await client.getItem({ id: 'a', owner: { name: 'Ada' }, price: 2n ** 62n }, patient);
    t.deepEqual(item, { id: 'a', owner: { name: 'Ada', size: 0 }, price: 2n ** 62n, added: undefined });
    const listed = await gather(client.listItems({ count: 50, prefix: 'x' }, patient));
    t.deepEqual(
      listed.values.map(({ id }) => id),
      Array.from({ length: 50 }, (_, number) => `x${number}`),
    );
    t.is(listed.error, undefined);
    t.deepEqual(await client.addItems(items(100), patient), { count: 100, total: 4950n });
    const exchanged = await gather(client.exchange(items(60), patient));
    t.deepEqual(
      exchanged.values.map(({ price }) => price),
      Array.from({ length: 60 }, (_, number) => BigInt(number)),
    );
    t.is(exchanged.error, undefined);
    t.deepEqual(await client.addItems([], patient), { count: 0, total: 0n });
    t.deepEqual((await gather(client.listItems({}, patient))).values, []);
    t.deepEqual(await client.close$({}, patient), {});
  });

  test(`${path}: a conversation goes to and fro`, async (t) => {
    const client = await serve(t, {});
    const heard: string[] = [];
    let reply = signal<string>();
    async function* talk(): AsyncGenerator<Pick<Item, 'id'>, void, undefined> {
      yield { id: 'one' };
      for (const next of ['two', 'three']) {
        heard.push(await reply.promise);
        reply = signal<string>();
        yield { id: `${next} after ${heard.at(-1)}` };
      }
    }
    for await (const { id } of client.exchange(talk(), patient)) reply.resolve(id);
    t.deepEqual(heard, ['one', 'two after one']);
  });

  test(`${path}: metadata goes both ways, with every kind of call`, async (t) => {
    const asked: Metadata[] = [];
    const tell = (context: CallContext): void => {
      asked.push(context.metadata);
      const headers = new Metadata();
      headers.set('header', context.path);
      context.sendMetadata(headers);
      context.trailers.set('trailer-bin', Buffer.from([0, 255]));
    };
    const client = await serve(t, {
      getItem: (item, context) => {
        tell(context);
        return item;
      },
      async *listItems(_request, context) {
        tell(context);
        yield {};
      },
      addItems: (_items, context) => {
        tell(context);
        return {};
      },
      exchange(requests, context) {
        tell(context);
        return requests;
      },
    });
    const headers: unknown[] = [];
    const trailers: unknown[] = [];
    const options: CallOptions = {
      ...patient,
      metadata: { one: 'a', two: ['b', 'c'], 'raw-bin': Uint8Array.of(1, 255) },
      onHeaders: (metadata) => headers.push(...metadata.get('header')),
      onTrailers: (metadata) => trailers.push(...metadata.get('trailer-bin')),
    };
    await client.getItem({}, options);
    await gather(client.listItems({}, options));
    await client.addItems([], options);
    await gather(client.exchange([], options));
    const methods = ['GetItem', 'ListItems', 'AddItems', 'Exchange'].map((name) => `/wherry.codegen.v1.Store/${name}`);
    t.deepEqual(headers, methods);
    t.deepEqual(trailers, Array(4).fill(Buffer.from([0, 255])));
    t.is(asked.length, 4);
    for (const metadata of asked) {
      t.deepEqual(metadata.get('one'), ['a']);
      t.deepEqual(
        metadata.get('two').flatMap((value) => String(value).split(/, ?/)),
        ['b', 'c'],
      );
      t.deepEqual(metadata.get('raw-bin'), [Buffer.from([1, 255])]);
    }
  });

  test(`${path}: the caller's own metadata stays as it is`, async (t) => {
    const client = await serve(t, {});
    const metadata = new Metadata();
    metadata.set('one', 'a');
    await client.getItem({}, { ...patient, metadata });
    t.deepEqual(metadata.getMap(), { one: 'a' });
    t.is(metadata.getOptions().waitForReady, undefined);
  });

  test(`${path}: what a handler throws is the status, with every kind of call`, async (t) => {
    const problem = new Error('broken');
    const client = await serve(t, {
      getItem: ({ id }, context) => {
        context.trailers.set('more', 'yes');
        throw notFound(id);
      },
      async *listItems() {
        yield { id: 'first' };
        throw notFound('second');
      },
      addItems: () => Promise.reject(problem),
      // biome-ignore lint/correctness/useYield: it fails before.
      async *exchange() {
        throw Object.assign(new Error('no'), { code: Status.ABORTED });
      },
    });
    const one = await failure(client.getItem({ id: 'a' }, patient));
    t.is(one.code, Status.NOT_FOUND);
    t.is(one.details, 'there is no a');
    t.is(one.message, '5 NOT_FOUND: there is no a');
    t.deepEqual(one.metadata.get('asked-for'), ['a']);
    t.deepEqual(one.metadata.get('more'), ['yes']);
    const { values, error } = await gather(client.listItems({}, patient));
    t.is(error?.code, Status.NOT_FOUND);
    t.deepEqual(error?.metadata.get('asked-for'), ['second']);
    // Stock grpc-js drops what was not read yet when an error comes.
    if (path === 'over Kafka')
      t.deepEqual(
        values.map(({ id }) => id),
        ['first'],
      );
    const broken = await failure(client.addItems([], patient));
    t.is(broken.code, Status.UNKNOWN);
    t.is(broken.details, 'Unknown error', "what it was is none of the caller's business");
    t.true(failures.includes(problem));
    const aborted = await gather(client.exchange([], patient));
    t.is(aborted.error?.code, Status.ABORTED);
    t.is(aborted.error?.details, 'no');
  });

  test(`${path}: a deadline ends the call on both sides`, async (t) => {
    const cancelled = signal<StatusError>();
    const deadlines: number[] = [];
    const client = await serve(t, {
      getItem: async (item, context) => {
        if (item.id === 'warm') return item;
        deadlines.push(context.deadline);
        cancelled.resolve(await whenCancelled(context));
        return item;
      },
    });
    await client.getItem({ id: 'warm' }, patient);
    const latest = Date.now() + 3000;
    t.is((await failure(client.getItem({}, { deadline: latest, timeoutMs: 60_000 }))).code, Status.DEADLINE_EXCEEDED);
    // HTTP/2 carries the time that is left, so a server's deadline is later than its client's by the way of the request. If the client's reset
    // comes before it, the server sees a cancel.
    const codes = path === 'over grpc-js' ? [Status.DEADLINE_EXCEEDED, Status.CANCELLED] : [Status.DEADLINE_EXCEEDED];
    t.true(codes.includes((await cancelled.promise).code));
    t.true(Math.abs((deadlines[0] ?? 0) - latest) < 2500, `${deadlines[0]} is not about ${latest}`);
    t.is((await failure(client.getItem({}, { timeoutMs: 0 }))).code, Status.DEADLINE_EXCEEDED);
    t.is((await gather(client.listItems({}, { deadline: new Date(0) }))).error?.code, Status.DEADLINE_EXCEEDED);
  });

  test(`${path}: an abort cancels the call on both sides`, async (t) => {
    const begun = signal();
    const cancelled = signal<StatusError>();
    const client = await serve(t, {
      getItem: async (item, context) => {
        begun.resolve();
        cancelled.resolve(await whenCancelled(context));
        return item;
      },
    });
    const abort = new AbortController();
    const call = failure(client.getItem({}, { ...patient, signal: abort.signal }));
    await begun.promise;
    const reason = new Error('not needed');
    abort.abort(reason);
    const error = await call;
    t.is(error.code, Status.CANCELLED);
    t.is(error.cause, reason);
    t.is((await cancelled.promise).code, Status.CANCELLED);
    const before = await failure(client.addItems(items(1), { signal: abort.signal }));
    t.is(before.code, Status.CANCELLED);
    t.is(before.cause, reason);
  });

  test(`${path}: leaving the responses early cancels the call and ends the handler`, async (t) => {
    const left = signal();
    const client = await serve(t, {
      async *listItems() {
        try {
          for (let number = 0; ; number++) yield { price: BigInt(number) };
        } finally {
          left.resolve();
        }
      },
    });
    const prices: bigint[] = [];
    for await (const { price } of client.listItems({}, patient)) {
      prices.push(price);
      if (prices.length === 40) break;
    }
    await left.promise;
    t.deepEqual(
      prices,
      Array.from({ length: 40 }, (_, number) => BigInt(number)),
    );
  });

  test(`${path}: a call that ends lets go of its requests`, async (t) => {
    const left = signal();
    const never = new Promise<never>(() => undefined);
    const given = [Promise.resolve({ value: { id: 'one' }, done: false as const })];
    const requests = {
      [Symbol.asyncIterator]: () => ({
        next: () => given.pop() ?? never,
        return: () => {
          left.resolve();
          return Promise.resolve({ value: undefined, done: true as const });
        },
      }),
    };
    const client = await serve(t, {
      addItems: async (received) => {
        for await (const _item of received) break;
        return { count: 1 };
      },
    });
    t.deepEqual(await client.addItems(requests, patient), { count: 1, total: 0n });
    await left.promise;
  });

  test(`${path}: requests that fail cancel the call`, async (t) => {
    const cancelled = signal<StatusError>();
    const client = await serve(t, {
      addItems: async (requests) => {
        try {
          for await (const _request of requests);
        } catch (error) {
          cancelled.resolve(error as StatusError);
        }
        return {};
      },
    });
    const problem = new Error('no more');
    async function* failing(): AsyncGenerator<{ id: string }, void, undefined> {
      yield { id: 'one' };
      await client.close$({}, patient);
      throw problem;
    }
    const error = await failure(client.addItems(failing(), patient));
    t.is(error.code, Status.CANCELLED);
    t.is(error.details, 'the requests failed: no more');
    t.is(error.cause, problem);
    t.is((await cancelled.promise).code, Status.CANCELLED);
  });

  test(`${path}: a reader that is slow holds the handler up`, async (t) => {
    const many = 3000;
    let made = 0;
    const client = await serve(t, {
      async *listItems() {
        for (; made < many; made++) yield { id: 'x'.repeat(10_000) };
      },
    });
    const stream = client.listItems({}, patient);
    await stream.next();
    // A call of its own, there and back: what was to come has come.
    for (let turn = 0; turn < 10; turn++) await client.close$({}, patient);
    t.true(made < many / 2, `${made} of ${many} were made for a reader that read 1`);
    let read = 1;
    for await (const _item of stream) read++;
    t.is(read, many);
  });

  test(`${path}: a handler that is slow holds the requests up`, async (t) => {
    const many = 3000;
    let made = 0;
    const go = signal();
    function* requests(): Generator<{ id: string }, void, undefined> {
      for (; made < many; made++) yield { id: 'x'.repeat(10_000) };
    }
    const client = await serve(t, {
      addItems: async (received) => {
        let count = 0;
        for await (const _item of received) {
          if (count++ === 0) await go.promise;
        }
        return { count };
      },
    });
    const call = client.addItems(requests(), patient);
    for (let turn = 0; turn < 10; turn++) await client.close$({}, patient);
    t.true(made < many / 2, `${made} of ${many} were sent to a handler that read 1`);
    go.resolve();
    t.is((await call).count, many);
  });

  test(`${path}: wrong options are refused`, async (t) => {
    const client = await serve(t, {});
    await t.throwsAsync(client.getItem({}, { timeoutMs: -1 }), { instanceOf: TypeError, message: /timeoutMs is -1/ });
    t.throws(() => client.listItems({}, { deadline: new Date(Number.NaN) }), {
      instanceOf: TypeError,
      message: /deadline/,
    });
  });

  test(`${path}: a callback of the caller's that fails fails the call`, async (t) => {
    const client = await serve(t, {});
    const problem = new Error('mine');
    const onHeaders = (): never => {
      throw problem;
    };
    const error = await failure(client.getItem({}, { ...patient, onHeaders }));
    t.is(error.code, Status.CANCELLED);
    t.is(error.cause, problem);
  });
}

test('many calls may share a signal', async (t) => {
  const client = await overGrpcJs(t, {});
  const warnings: Error[] = [];
  const warned = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warned);
  t.teardown(() => void process.off('warning', warned));
  const { signal: shared } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, () => client.getItem({}, { ...patient, signal: shared })));
  t.deepEqual(warnings, []);
});

test('a service that nobody serves fails at once', async (t) => {
  const harness = new Harness(t, brokers());
  const client = new StoreClient(await harness.channel());
  t.is((await failure(client.getItem({}))).code, Status.UNAVAILABLE);
  t.is((await gather(client.exchange([]))).error?.code, Status.UNAVAILABLE);
});

test('a channel that was closed fails calls', async (t) => {
  const client = new StoreClient('127.0.0.1:1', credentials.createInsecure());
  client.close();
  t.is((await failure(client.getItem({}))).code, Status.UNAVAILABLE);
  t.is((await gather(client.listItems({}))).error?.code, Status.UNAVAILABLE);
});

test("the definition takes grpc-js's handlers and makes grpc-js's stubs", async (t) => {
  const server = new Server();
  const handlers: Pick<StoreServer, 'getItem' | 'exchange'> = {
    getItem: (call, callback) => callback(null, { id: call.request.id, price: call.request.price + 1n }),
    exchange: (call) => {
      call.on('data', (item: Item) => call.write({ id: `${item.id}!` }));
      call.on('end', () => call.end());
    },
  };
  server.addService(StoreService, handlers);
  t.teardown(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const stub = new (makeClientConstructor(StoreService, 'Store'))(`127.0.0.1:${port}`, credentials.createInsecure());
  t.teardown(() => stub.close());
  const item = await new Promise<Item>((resolve, reject) => {
    stub['getItem']?.({ id: 'a', price: 1n }, (error: Error | null, reply: Item) =>
      error ? reject(error) : resolve(reply),
    );
  });
  t.is(item.price, 2n);
  const call = stub['exchange']?.() as ClientDuplexStream<Partial<Item>, Item>;
  call.end({ id: 'b' });
  for await (const { id } of call) t.is(id, 'b!');
});

test('the definition has what reflection and method options need', (t) => {
  t.is(StoreService.getItem.path, '/wherry.codegen.v1.Store/GetItem');
  t.deepEqual(StoreService.getItem.options, {
    '(wherry.v1.ordering_key)': 'id',
    idempotency_level: 'NO_SIDE_EFFECTS',
  });
  const files = loadedDescriptors(StoreService);
  t.deepEqual(files, fileDescriptors(protoFile), 'as they are: there is nothing to put right');
  const codec = new DescriptorCodec();
  const decoded = files.map((file) => codec.decode(file));
  t.deepEqual(decoded.at(-1)?.service?.[0]?.method?.[0]?.options, { idempotencyLevel: 1, orderingKey: 'id' });
  t.true(
    decoded.every(({ dependency = [] }, at) =>
      dependency.every((name) => decoded.slice(0, at).some((file) => file.name === name)),
    ),
  );
});
