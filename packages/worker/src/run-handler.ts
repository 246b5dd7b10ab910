import { Metadata, type ServerInterceptingCallInterface, status as Status } from '@grpc/grpc-js';
import { errorToStatus, type HandlerError, StreamServerCall, UnaryServerCall } from './server-calls.js';
import type { HandledMethod, Method } from './services.js';

/** Called if a handler threw or its promise was rejected. The call ends with UNKNOWN, and only the worker's operator learns why. */
export type HandlerFailed = (method: string, error: unknown) => void;

type ServerCall = UnaryServerCall | StreamServerCall;

/**
 * Runs the handler of a method for a call, as grpc-js's own (private) dispatch does. If the request is one message, the handler runs once
 * the message and the end of the request have come. If the request is a stream, the handler runs at once.
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

/** Waits for the one message of a request and for its end, then runs the handler. */
class OneRequest implements Listener {
  #metadata: Metadata | undefined;
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
    const metadata = this.#metadata ?? new Metadata();
    this.#server = method.responseStream
      ? new StreamServerCall(method.path, call, metadata, { readable: false, writable: true, request })
      : new UnaryServerCall(method.path, call, metadata, request);
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

/** Makes the callback for a handler that answers with one message. Only the first call of the callback counts. */
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
