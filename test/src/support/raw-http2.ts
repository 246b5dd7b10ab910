import { once } from 'node:events';
import {
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { ExecutionContext } from 'ava';

// gRPC by bare HTTP/2: what a gRPC library would hide, mend or refuse can be sent and seen.

/** A message as it stands in gRPC's body. */
export function framed(bytes: Uint8Array, { compressed = false } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The messages of a whole body. */
export function unframed(body: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    messages.push(body.subarray(at + 5, end));
    at = end;
  }
  return messages;
}

/** Names and values as they came, in order, without what HTTP itself adds. */
export type RawHeaders = readonly (readonly [name: string, value: string])[];

function pairs(raw: unknown): RawHeaders {
  const list = raw as readonly string[];
  return Array.from(
    { length: list.length / 2 },
    (_, at) => [list[at * 2] ?? '', list[at * 2 + 1] ?? ''] as const,
  ).filter(([name]) => name !== 'date');
}

/** The values of a header, in order. */
export function valuesOf(headers: RawHeaders, name: string): string[] {
  return headers.filter(([key]) => key === name).map(([, value]) => value);
}

export interface RawReply {
  readonly headers: RawHeaders;
  readonly messages: readonly Buffer[];
  /** Undefined in a response of trailers only: they are its headers. */
  readonly trailers: RawHeaders | undefined;
  /** Where the status is: the trailers, or the headers of a response of trailers only. */
  readonly status: RawHeaders;
}

/** Headers as a list of lines: Node sends a name twice for an array. */
type Lines = Readonly<Record<string, string | string[]>>;

/** A call by bare HTTP/2, with this body. */
export async function rawCall(
  t: ExecutionContext,
  address: string,
  path: string,
  { headers: extra = {}, body = framed(Buffer.alloc(0)) }: { headers?: Lines; body?: Buffer } = {},
): Promise<RawReply> {
  const session = connect(`http://${address}`);
  t.teardown(() => session.destroy());
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: path,
    te: 'trailers',
    'content-type': 'application/grpc+proto',
    ...extra,
  });
  let headers: RawHeaders = [];
  let trailers: RawHeaders | undefined;
  let only = false;
  stream.on('response', (_headers, flags, ...[raw]: unknown[]) => {
    headers = pairs(raw);
    only = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  });
  stream.on('trailers', (_headers, _flags, ...[raw]: unknown[]) => {
    trailers = pairs(raw);
  });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.end(body);
  await once(stream, 'close');
  session.close();
  return { headers, messages: unframed(Buffer.concat(chunks)), trailers, status: only ? headers : (trailers ?? []) };
}

/** What a bare HTTP/2 server was asked. */
export interface RawRequest {
  readonly headers: IncomingHttpHeaders;
  readonly raw: RawHeaders;
  readonly messages: readonly Buffer[];
  readonly stream: ServerHttp2Stream;
}

/** A server by bare HTTP/2, without reflection: `answer` gets each request when it has ended. Gives its address. */
export async function rawServer(t: ExecutionContext, answer: (request: RawRequest) => void): Promise<string> {
  const server = createServer();
  server.on('stream', (stream, headers, _flags, ...[raw]: unknown[]) => {
    if (headers[':path']?.startsWith('/grpc.reflection.')) {
      respondTrailersOnly(stream, { 'grpc-status': '12' });
      return;
    }
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => answer({ headers, raw: pairs(raw), messages: unframed(Buffer.concat(chunks)), stream }));
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

const responseHeaders = { ':status': 200, 'content-type': 'application/grpc' };

/** Answers with headers, a body and trailers. */
export function respond(
  stream: ServerHttp2Stream,
  parts: { headers?: OutgoingHttpHeaders; body?: Buffer; trailers: OutgoingHttpHeaders },
): void {
  stream.respond({ ...responseHeaders, ...parts.headers }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(parts.trailers));
  stream.end(parts.body ?? Buffer.alloc(0));
}

/** Answers with trailers only. */
export function respondTrailersOnly(stream: ServerHttp2Stream, trailers: OutgoingHttpHeaders): void {
  stream.respond({ ...responseHeaders, ...trailers }, { endStream: true });
}
