import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Server, type ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import type { CallHandler } from './calls.js';
import { Http2Call, type MessageLimits, stopRequest } from './http2-call.js';
import { separateValues } from './received-headers.js';
import { takeFarDeadline } from './request-headers.js';

type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest: unknown[]) => void;

/** What is private of grpc-js's server. */
interface Inside {
  readonly handlers?: Map<string, unknown>;
  createHttp2Server(credentials: ServerCredentials): Http2Server;
}

/**
 * A grpc-js server that gives the calls of every method it does not know to one handler, as bytes. grpc-js has no public
 * way to say that, so this stands between it and the streams of its HTTP/2 servers, which it makes in a (private) method.
 * Services added with `addService` keep their own handlers; connections, TLS and shutdown stay grpc-js's.
 *
 * @throws Error where grpc-js no longer has that method, or keeps its methods elsewhere.
 */
export function serverForAnyMethod(handler: CallHandler, limits: MessageLimits, options: ServerOptions = {}): Server {
  const server = new Server({
    ...options,
    'grpc.max_receive_message_length': limits.maxReceiveMessageLength,
    'grpc.max_send_message_length': limits.maxSendMessageLength,
  });
  const inside = server as unknown as Inside;
  const { handlers } = inside;
  if (!(handlers instanceof Map) || typeof inside.createHttp2Server !== 'function') {
    throw new Error('this version of @grpc/grpc-js keeps its methods and servers elsewhere; the gateway needs 1.14');
  }
  const create = inside.createHttp2Server.bind(server);
  inside.createHttp2Server = (credentials) => {
    const http2Server = create(credentials);
    const [known] = http2Server.listeners('stream') as StreamListener[];
    if (known === undefined) throw new Error('this version of @grpc/grpc-js takes its streams elsewhere');
    http2Server.removeAllListeners('stream');
    http2Server.on('stream', (stream, headers, flags, ...[raw]: unknown[]) => {
      // Without a listener an error ends the process. The stream's end follows it, and says all that there is to say.
      stream.on('error', () => {});
      const path = headers[':path'] ?? '';
      if (handlers.has(path)) {
        takeFarDeadline(headers);
        known(stream, headers, flags);
      } else if (isGrpc(headers)) {
        separateValues(headers, raw as string[]);
        handler(path, new Http2Call(stream, headers, limits));
      } else {
        refuse(stream);
      }
    });
    return http2Server;
  };
  return server;
}

/** Not gRPC: whatever else the request has to say is read, and dropped. */
function refuse(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ':status': 415 }, { endStream: true });
  stream.resume();
  stopRequest(stream);
}

function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('application/grpc') ?? false;
}
