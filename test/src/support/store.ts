import { Metadata, Server, ServerCredentials, status as Status } from '@grpc/grpc-js';
import { StatusError } from '@wherry/codegen/runtime';
import { createWorker } from '@wherry/worker';
import type { ExecutionContext } from 'ava';
import {
  type Item,
  StoreClient$ as StoreClient,
  type StoreHandlers,
  type StoreServer,
  StoreService,
  storeHandlers,
} from '../gen/codegen/wherry/codegen/v1/everything.js';
import { Harness } from './harness.js';

/** A store that keeps nothing. Tests replace the handlers they are about. */
export const store: StoreHandlers = {
  getItem: (item) => item,
  async *listItems({ count, prefix }) {
    for (let number = 0; number < count; number++) yield { id: `${prefix}${number}`, price: BigInt(number) };
  },
  async addItems(items) {
    let count = 0;
    let total = 0n;
    for await (const { price } of items) {
      count++;
      total += price;
    }
    return { count, total };
  },
  async *exchange(items) {
    yield* items;
  },
  close$: () => ({}),
};

/** What handlers threw that is no status. */
export const failures: unknown[] = [];

/** Serves a store, and gives a client of it. */
export type Serve = (t: ExecutionContext, handlers: Partial<StoreHandlers>) => Promise<StoreClient>;

/** Over Kafka: a worker, and a channel. */
export function overWherry(brokers: () => string): Serve {
  return async (t, handlers) => {
    const harness = new Harness(t, brokers());
    const worker = await createWorker(harness.options);
    t.teardown(() => worker.close());
    worker.addService(StoreService, handlersOf(handlers));
    await worker.start();
    return new StoreClient(await harness.channel());
  };
}

/** Over HTTP/2: grpc-js's own server and channel. */
export const overGrpcJs: Serve = async (t, handlers) => {
  const server = new Server();
  server.addService(StoreService, handlersOf(handlers));
  t.teardown(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const client = new StoreClient(`127.0.0.1:${port}`);
  t.teardown(() => client.close());
  return client;
};

function handlersOf(handlers: Partial<StoreHandlers>): StoreServer {
  return storeHandlers({ ...store, ...handlers }, { onError: (error) => failures.push(error) });
}

/** What iterating gave, and how it ended. */
export async function gather<T>(values: AsyncIterable<T>): Promise<{ values: T[]; error: StatusError | undefined }> {
  const gathered: T[] = [];
  try {
    for await (const value of values) gathered.push(value);
    return { values: gathered, error: undefined };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { values: gathered, error };
  }
}

/** The error that a call fails with. */
export async function failure(call: Promise<unknown>): Promise<StatusError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

export function notFound(id: string): StatusError {
  const metadata = new Metadata();
  metadata.set('asked-for', id);
  return new StatusError(Status.NOT_FOUND, `there is no ${id}`, { metadata });
}

export function* items(count: number): Generator<{ id: string; price: bigint }, void, undefined> {
  for (let number = 0; number < count; number++) yield { id: `${number}`, price: BigInt(number) };
}

export type { Item };
