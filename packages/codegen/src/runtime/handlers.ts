import type { Readable, Writable } from 'node:stream';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
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

/** A unary handler in grpc-js's style. */
export type UnaryHandler<I, O> = handleUnaryCall<I, Init<O>>;
/** A client streaming handler in grpc-js's style. */
export type ClientStreamHandler<I, O> = handleClientStreamingCall<I, Init<O>>;
/** A server streaming handler in grpc-js's style. */
export type ServerStreamHandler<I, O> = handleServerStreamingCall<I, Init<O>>;
/** A bidirectional handler in grpc-js's style. */
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
 * Makes of async handlers those that grpc-js's `addService` takes, and Wherry's. An error that a handler throws with a
 * numeric `code`, such as a `StatusError`, is the status of its call. Any other ends it with UNKNOWN, and what it was is told
 * to `onError` alone, as its text may be none of the caller's business.
 */
export function asyncHandlers<Server>(service: Kinds, handlers: object, options: HandlerOptions = {}): Server {
  const { onError = logError } = options;
  const server = Object.entries(service).map(([name, { requestStream, responseStream }]) => {
    const method: AsyncMethod = {
      handler: (input, context) => (handlers as Record<string, AsyncHandler>)[name]?.call(handlers, input, context),
      input: requestStream ? requestsOf : requestOf,
      onError,
    };
    const run = responseStream
      ? (call: IncomingCall) => void answerWithMany(call, method)
      : (call: IncomingCall, callback: Callback) => void answerWithOne(call, method, callback);
    return [name, run] as const;
  });
  return Object.fromEntries(server) as Server;
}

/** What the `…Handlers` function of a generated service takes behind its handlers. */
export interface HandlerOptions {
  /** Is told what a handler threw that is no status. Default: it is printed on standard error. */
  readonly onError?: ((error: unknown, path: string) => void) | undefined;
}

function logError(error: unknown, path: string): void {
  console.error(`${path}: the handler failed:`, error);
}

/** An async handler, and what it takes. */
interface AsyncMethod {
  readonly handler: AsyncHandler;
  readonly input: (call: IncomingCall, context: ServerCallContext) => unknown;
  readonly onError: (error: unknown, path: string) => void;
}

const requestOf = (call: IncomingCall): unknown => call.request;

/** The requests of a call. A handler that leaves them early may still answer. */
async function* requestsOf(call: IncomingCall, context: ServerCallContext): AsyncGenerator<unknown, void, undefined> {
  try {
    yield* call.iterator({ destroyOnReturn: false });
  } catch (error) {
    // A cancelled call's stream is destroyed, which its reader would see as a stream that ended too early.
    throw context.cancelled ? context.reason() : error;
  }
  // With grpc-js the requests of a call that is cancelled seem to end, and the cancel is told in the next turn.
  await endOfTurn();
  if (context.cancelled) throw context.reason();
}

async function answerWithOne(call: IncomingCall, method: AsyncMethod, callback: Callback): Promise<void> {
  const context = new ServerCallContext(call);
  try {
    const reply = await method.handler(method.input(call, context), context);
    context.finish();
    callback(null, reply, context.usedTrailers);
  } catch (error) {
    context.finish();
    callback(errorStatus(error, context, method));
  }
}

async function answerWithMany(call: IncomingCall, method: AsyncMethod): Promise<void> {
  const context = new ServerCallContext(call);
  try {
    const iterator = iteratorOf(method.handler(method.input(call, context), context) as Responses<unknown>);
    await writeAll(call, iterator as AsyncIterator<unknown>, context);
    context.finish();
    if (!context.cancelled) (call as EndsWithTrailers).end(context.usedTrailers);
  } catch (error) {
    context.finish();
    if (!context.cancelled) call.emit('error', errorStatus(error, context, method));
  }
}

/** Takes a message from the handler when there is room for it. */
async function writeAll(
  call: IncomingCall,
  iterator: AsyncIterator<unknown>,
  context: ServerCallContext,
): Promise<void> {
  let goOn: (() => void) | undefined;
  context.onCancelled(() => {
    // The handler may wait for something that it gives up by the signal, or by this.
    leave(iterator);
    goOn?.();
  });
  call.on('drain', () => goOn?.());
  for (;;) {
    const next = await iterator.next();
    if (next.done || context.cancelled) return;
    if (!call.write(next.value)) {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    if (context.cancelled) return;
  }
}

function errorStatus(error: unknown, context: ServerCallContext, { onError }: AsyncMethod): HandlerStatus {
  const status = statusOf(error);
  if (status === undefined) {
    // A call that was cancelled has ended, and what gives up because of it may say so as it likes.
    if (!context.cancelled) onError(error, context.path);
    const details = 'Unknown error';
    return { code: Status.UNKNOWN, details, message: details, metadata: context.trailersWith(undefined) };
  }
  const { code, details, metadata } = status;
  return { code, details, message: details, metadata: context.trailersWith(metadata) };
}
