import { type handleBidiStreamingCall, Server, type ServerOptions } from '@grpc/grpc-js';
import { identity } from './relay.js';
import { mendRequestHeaders } from './request-headers.js';

/** How grpc-js keeps a registered method. */
interface Handler {
  readonly func: handleBidiStreamingCall<Buffer, Buffer>;
  readonly serialize: (bytes: Buffer) => Buffer;
  readonly deserialize: (bytes: Buffer) => Buffer;
  readonly type: 'bidi';
  readonly path: string;
}

/** Methods that were registered, and for every other path the one handler. */
class EveryMethod extends Map<string, Handler> {
  readonly #handler: handleBidiStreamingCall<Buffer, Buffer>;

  constructor(handler: handleBidiStreamingCall<Buffer, Buffer>) {
    super();
    this.#handler = handler;
  }

  override get(path: string): Handler {
    return (
      super.get(path) ?? {
        func: this.#handler,
        serialize: identity,
        deserialize: identity,
        type: 'bidi' as const,
        path,
      }
    );
  }
}

/**
 * A grpc-js server that gives every method it does not know to one handler, as bytes. grpc-js has no public way to say
 * that, so this replaces its (private) table of methods. Services added with `addService` keep their own handlers.
 *
 * @throws Error where grpc-js no longer keeps its methods in that table.
 */
export function serverForAnyMethod(handler: handleBidiStreamingCall<Buffer, Buffer>, options: ServerOptions): Server {
  const server = new Server(options);
  const inside = server as unknown as { handlers: unknown };
  if (!(inside.handlers instanceof Map)) {
    throw new Error('this version of @grpc/grpc-js keeps its methods elsewhere; the gateway needs 1.14');
  }
  inside.handlers = new EveryMethod(handler);
  mendRequestHeaders(server);
  return server;
}
