import { status } from '@grpc/grpc-js';
import { StatusError } from '@wherry/codegen/runtime';
import { createWorker, type Worker } from '@wherry/worker';
import { type __Service__Handlers, __Service__Service, __service__Handlers } from './gen/__path__.js';

/** The handlers of the service: a function for each method of its .proto file. */
const handlers: __Service__Handlers = {
  async greet({ name }) {
    if (name === '') throw new StatusError(status.INVALID_ARGUMENT, 'name is empty');
    return { message: `Hello ${name}` };
  },

  async *count({ limit }, { signal }) {
    for (let number = 1; !signal.aborted && (limit === 0 || number <= limit); number++) yield { number };
  },
};

/** Starts a worker that serves the service. You may make calls as soon as the promise has settled. */
export async function start__Service__(brokers: string): Promise<Worker> {
  const worker = await createWorker({ brokers });
  worker.addService(__Service__Service, __service__Handlers(handlers));
  await worker.start();
  return worker;
}
