import type { Readable, Writable } from 'node:stream';
import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  status as Status,
} from '@grpc/grpc-js';
import { type CallContext, type ServerCall, ServerCallContext } from './call-context.js';
import type { Init } from './message-type.js';
import { iteratorOf, leave } from './send-requests.js';
import { statusOf } from './status-error.js';

/** What a handler that answers with one message returns. */
export type Response<O> = Init<O> | Promise<Init<O>>;
/** What a handler that answers with many returns: an async generator, or anything else that can be iterated. */
export type Responses<O> = AsyncIterable<Init<O>> | Iterable<Init<O>>;

// Handlers in grpc-js's style.
export type UnaryHandler<I, O> = handleUnaryCall<I, Init<O>>;
export type ClientStreamHandler<I, O> = handleClientStreamingCall<I, Init<O>>;
export type ServerStreamHandler<I, O> = handleServerStreamingCall<I, Init<O>>;
export type BidiHandler<I, O> = handleBidiStreamingCall<I, Init<O>>;

/** The kinds of a service's methods, by their names in TypeScript. */
type Kinds = Readonly<Record<string, { readonly requestStream: boolean; readonly responseStream: boolean }>>;
type AsyncHandler = (input: unknown, context: CallContext) => unknown;
type Callback = (error: HandlerStatus | null, reply?: unknown, trailers?: Metadata) => void;
/** grpc-js's stream takes the trailers so. */
interface EndsWithTrailers {
  end(trailers?: Metadata): unknown;
}
type IncomingCall = ServerCall & { readonly request: unknown } & Readable & Writable;

interface HandlerStatus {
  readonly code: Status;
  readonly details: string;
  readonly message: string;
  readonly metadata: Metadata;
}

/**
 * Makes of async handlers those that grpc-js's `addService` takes, and Wherry's. What a handler throws ends its call: an
 * error with a numeric `code`, such as a `StatusError`, with that status, any other with UNKNOWN and its message, as grpc-js
 * has it.
 */
export function asyncHandlers<Server>(service: Kinds, handlers: object): Server {
  const server = Object.entries(service).map(([name, { requestStream, responseStream }]) => {
    const handler: AsyncHandler = (input, context) =>
      (handlers as Record<string, AsyncHandler>)[name]?.call(handlers, input, context);
    const input = requestStream ? requestsOf : requestOf;
    const run = responseStream
      ? (call: IncomingCall) => void answerWithMany(call, input, handler)
      : (call: IncomingCall, callback: Callback) => void answerWithOne(call, input, handler, callback);
    return [name, run] as const;
  });
  return Object.fromEntries(server) as Server;
}

type Input = (call: IncomingCall, context: ServerCallContext) => unknown;

const requestOf: Input = (call) => call.request;

/** The requests of a call. A handler that leaves them early may still answer. */
async function* requestsOf(call: IncomingCall, context: ServerCallContext): AsyncGenerator<unknown, void, undefined> {
  try {
    yield* call.iterator({ destroyOnReturn: false });
  } catch (error) {
    // A cancelled call's stream is destroyed, which its reader would see as a stream that ended too early.
    throw context.cancelled ? context.reason() : error;
  }
}

async function answerWithOne(
  call: IncomingCall,
  input: Input,
  handler: AsyncHandler,
  callback: Callback,
): Promise<void> {
  const context = new ServerCallContext(call);
  try {
    const reply = await handler(input(call, context), context);
    context.finish();
    callback(null, reply, context.usedTrailers);
  } catch (error) {
    context.finish();
    callback(errorStatus(error, context));
  }
}

async function answerWithMany(call: IncomingCall, input: Input, handler: AsyncHandler): Promise<void> {
  const context = new ServerCallContext(call);
  try {
    const iterator = iteratorOf(handler(input(call, context), context) as Responses<unknown>);
    await writeAll(call, iterator as AsyncIterator<unknown>, context);
    context.finish();
    if (!context.cancelled) (call as EndsWithTrailers).end(context.usedTrailers);
  } catch (error) {
    context.finish();
    if (!context.cancelled) call.emit('error', errorStatus(error, context));
  }
}

/** Takes a message from the handler when there is room for it. */
async function writeAll(
  call: IncomingCall,
  iterator: AsyncIterator<unknown>,
  context: ServerCallContext,
): Promise<void> {
  // The handler may wait for something that it gives up by the signal, or by this.
  context.onCancelled(() => leave(iterator));
  for (;;) {
    const next = await iterator.next();
    if (next.done || context.cancelled) return;
    if (!call.write(next.value)) await roomIn(call, context);
    if (context.cancelled) return;
  }
}

function roomIn(call: IncomingCall, context: ServerCallContext): Promise<void> {
  return new Promise((resolve) => {
    call.once('drain', resolve);
    context.onCancelled(resolve);
  });
}

function errorStatus(error: unknown, context: ServerCallContext): HandlerStatus {
  const { code, details, metadata } = statusOf(error);
  return { code, details, message: details, metadata: context.trailersWith(metadata) };
}
