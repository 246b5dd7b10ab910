import type { Http2Server, IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { separateValues } from './received-headers.js';
import { deadlineKey } from './relay.js';

/**
 * Mends the headers of each request before grpc-js's server reads them: it takes a deadline farther than 24 days for one
 * that has passed, sees repeated headers as one, and does not name its encodings where it refuses one.
 *
 * grpc-js has no public way to its HTTP/2 servers, so this stands before the (private) method that makes them.
 *
 * @throws Error where grpc-js no longer has that method.
 */
export function mendRequestHeaders(server: Server): void {
  const inside = server as unknown as { createHttp2Server(credentials: ServerCredentials): Http2Server };
  if (typeof inside.createHttp2Server !== 'function') {
    throw new Error('this version of @grpc/grpc-js makes its servers elsewhere; the gateway needs 1.14');
  }
  const create = inside.createHttp2Server.bind(server);
  inside.createHttp2Server = (credentials) => {
    const http2Server = create(credentials);
    // grpc-js listens already.
    http2Server.prependListener('stream', (stream, headers, _flags, ...[raw]: unknown[]) => {
      separateValues(headers, raw as string[]);
      takeFarDeadline(headers);
      if (!encodings.has(String(headers['grpc-encoding'] ?? 'identity'))) nameEncodings(stream);
    });
    return http2Server;
  };
}

/** What grpc-js's server can decompress. */
const encodings = new Set(['identity', 'deflate', 'gzip']);

/** The longest that a Node timer, and with it grpc-js's server, can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000 };

/** Hands a deadline that grpc-js's timer cannot wait for to the relay, whose channel can. */
function takeFarDeadline(headers: IncomingHttpHeaders): void {
  // Nobody else's to say.
  delete headers[deadlineKey];
  const [, amount, unit = ''] = /^(\d{1,8})([HMS])$/.exec(String(headers['grpc-timeout'])) ?? [];
  const timeout = Number(amount) * (unitMs[unit] ?? 0);
  if (!(timeout > MAX_TIMER_MS)) return;
  delete headers['grpc-timeout'];
  headers[deadlineKey] = String(Date.now() + timeout);
}

/** A server that refuses an encoding has to say which it takes. */
function nameEncodings(stream: ServerHttp2Stream): void {
  const respond = stream.respond.bind(stream);
  stream.respond = (headers?: OutgoingHttpHeaders, options?) =>
    respond({ 'grpc-accept-encoding': [...encodings].join(','), ...headers }, options);
}
