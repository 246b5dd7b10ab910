import { type Metadata, type ServerInterceptingCallInterface, status as Status } from '@grpc/grpc-js';
import { errorToStatus, type HandlerError, StreamServerCall, UnaryServerCall } from './server-calls.js';
import type { HandledMethod, Method } from './services.js';

/** A handler threw, or its promise was rejected: the call ends with UNKNOWN, and only who runs the worker learns why. */
export type HandlerFailed = (method: string, error: unknown) => void;

type ServerCall = UnaryServerCall | StreamServerCall;

/**
 * Runs the handler of a method for a call, as grpc-js's own (private) dispatch does: a call with one request message is
 * handled once that and the end of the request are there, one with a stream of them at once.
 */
export function runHandler(method: Method, call: ServerInterceptingCallInterface, failed: HandlerFailed): void {
  if ('generic' in method) method.generic(method.path, call);
  else if (method.requestStream) runWithStream(method, call, failed);
  else runWithRequest(method, call, failed);
}

function runWithRequest(method: HandledMethod, call: ServerInterceptingCallInterface, failed: HandlerFailed): void {
  call.start(new OneRequest(method, call, failed));
}

type Listener = Parameters<ServerInterceptingCallInterface['start']>[0];

/** Waits for the one message of a request, and its end. */
class OneRequest implements Listener {
  #metadata!: Metadata;
  #received = false;
  #message: unknown;
  #server: ServerCall | undefined;

  constructor(
    private readonly method: HandledMethod,
    private readonly call: ServerInterceptingCallInterface,
    private readonly failed: HandlerFailed,
  ) {}

  onReceiveMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
    this.call.startRead();
  }

  onReceiveMessage(message: unknown): void {
    if (this.#received) {
      unimplemented(this.call, `Received a second request message for the method ${this.method.path}, which takes one`);
      return;
    }
    this.#received = true;
    this.#message = message;
    this.call.startRead();
  }

  onReceiveHalfClose(): void {
    const { method, call } = this;
    if (!this.#received) {
      unimplemented(call, `Received no request message for the method ${method.path}, which takes one`);
      return;
    }
    const request = this.#message;
    this.#server = method.responseStream
      ? new StreamServerCall(method.path, call, this.#metadata, { readable: false, writable: true, request })
      : new UnaryServerCall(method.path, call, this.#metadata, request);
    invoke(method, this.#server, call, this.failed);
  }

  onCancel(): void {
    this.#server?.cancel();
  }
}

function runWithStream(method: HandledMethod, call: ServerInterceptingCallInterface, failed: HandlerFailed): void {
  let server: StreamServerCall | undefined;
  call.start({
    onReceiveMetadata(metadata) {
      server = new StreamServerCall(method.path, call, metadata, { readable: true, writable: method.responseStream });
      invoke(method, server, call, failed);
    },
    onReceiveMessage: (message: unknown) => server?.push(message),
    onReceiveHalfClose: () => server?.push(null),
    onCancel: () => server?.cancel(),
  });
}

function invoke(
  method: HandledMethod,
  server: ServerCall,
  call: ServerInterceptingCallInterface,
  failed: HandlerFailed,
): void {
  try {
    const returned = method.responseStream ? method.handler(server) : method.handler(server, respondTo(call));
    if (returned instanceof Promise) returned.catch((error: unknown) => failed(method.path, error));
  } catch (error) {
    failed(method.path, error);
  }
}

/** The callback of a handler that answers with one message. Only its first call counts. */
function respondTo(call: ServerInterceptingCallInterface) {
  let responded = false;
  return (error: HandlerError | null | undefined, message?: unknown, trailers?: Metadata): void => {
    if (responded) return;
    responded = true;
    if (error) {
      call.sendStatus(errorToStatus(error, trailers));
      return;
    }
    call.sendMessage(message, () => {
      call.sendStatus({ code: Status.OK, details: 'OK', metadata: trailers ?? null });
    });
  };
}

function unimplemented(call: ServerInterceptingCallInterface, details: string): void {
  call.sendStatus({ code: Status.UNIMPLEMENTED, details });
}
