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

/** The result of a handler with a single response. */
export type Response<O> = Init<O> | Promise<Init<O>>;
/** The result of a handler with a stream of responses: an async generator, or any other iterable. */
export type Responses<O> = AsyncIterable<Init<O>> | Iterable<Init<O>>;

/** A unary handler in grpc-js's style. */
export type UnaryHandler<I, O> = handleUnaryCall<I, Init<O>>;
/** A client streaming handler in grpc-js's style. */
export type ClientStreamHandler<I, O> = handleClientStreamingCall<I, Init<O>>;
/** A server streaming handler in grpc-js's style. */
export type ServerStreamHandler<I, O> = handleServerStreamingCall<I, Init<O>>;
/** A bidirectional handler in grpc-js's style. */
export type BidiHandler<I, O> = handleBidiStreamingCall<I, Init<O>>;

/** The kind of each method of a service, by its TypeScript name. */
type Kinds = Readonly<Record<string, { readonly requestStream: boolean; readonly responseStream: boolean }>>;
type AsyncHandler = (input: unknown, context: CallContext) => unknown;
type Callback = (error: HandlerStatus | null, reply?: unknown, trailers?: Metadata) => void;
/** grpc-js's stream takes trailers as the argument of `end`. */
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
 * Converts async handlers to handlers that `addService` of grpc-js's server and of Wherry's worker takes. If a handler throws an error with a
 * numeric `code`, such as a `StatusError`, that error is the status of its call. Any other error ends the call with UNKNOWN. Only
 * `onError` gets that error, because its text may be confidential.
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

/** The second argument of the `…Handlers` function of a generated service. */
export interface HandlerOptions {
  /** Called with each error of a handler that is not a status, and with the path of the method. Default: prints the error on standard error. */
  readonly onError?: ((error: unknown, path: string) => void) | undefined;
}

function logError(error: unknown, path: string): void {
  console.error(`${new Date().toISOString()} handler: ${path} failed:`, error);
}

/** An async handler, the function that makes its first argument, and its error callback. */
interface AsyncMethod {
  readonly handler: AsyncHandler;
  readonly input: (call: IncomingCall, context: ServerCallContext) => unknown;
  readonly onError: (error: unknown, path: string) => void;
}

const requestOf = (call: IncomingCall): unknown => call.request;

/** The requests of a call. A handler that stops reading them early may still answer. */
async function* requestsOf(call: IncomingCall, context: ServerCallContext): AsyncGenerator<unknown, void, undefined> {
  try {
    yield* call.iterator({ destroyOnReturn: false });
  } catch (error) {
    // The stream of a cancelled call is destroyed. Its reader would otherwise see a stream that ended too early.
    throw context.cancelled ? context.reason() : error;
  }
  // In grpc-js, the requests of a cancelled call seem to end. The cancel event comes in the next turn of the event loop.
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

/** Writes the handler's messages to the stream. It takes the next message only when the stream has room. */
async function writeAll(
  call: IncomingCall,
  iterator: AsyncIterator<unknown>,
  context: ServerCallContext,
): Promise<void> {
  let goOn: (() => void) | undefined;
  context.onCancelled(() => {
    // The handler may be waiting. It stops because of the signal, or because its generator is left here.
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
    // After a cancel the call has ended, and an error of the handler is a normal result of the cancel.
    if (!context.cancelled) onError(error, context.path);
    const details = 'Unknown error';
    return { code: Status.UNKNOWN, details, message: details, metadata: context.trailersWith(undefined) };
  }
  const { code, details, metadata } = status;
  return { code, details, message: details, metadata: context.trailersWith(metadata) };
}
