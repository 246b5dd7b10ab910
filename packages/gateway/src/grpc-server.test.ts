import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { Client, credentials, Metadata, ServerCredentials, type ServiceError, status as Status } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import type { CallHandler } from './calls.js';
import { serve, silent } from './grpc-server.test.helpers.js';
import { data, FrameClient, preface, requestHeaders } from './http2-frames.test.helpers.js';

const path = '/any.Service/Method';
const grpc = { 'content-type': 'application/grpc' };
const file = (name: string): Buffer => readFileSync(new URL(`../../../test/certificates/${name}`, import.meta.url));
const pair = { cert_chain: file('localhost.crt'), private_key: file('localhost.key') };
const identity = (bytes: Buffer): Buffer => bytes;

/** A handler that tells of each call as it begins and as it is cancelled, and lets the test answer it. */
function watched() {
  const begun: ((call: Parameters<CallHandler>[1]) => void)[] = [];
  const cancelled: (() => void)[] = [];
  const handler: CallHandler = (_path, call) =>
    call.start({
      onReceiveMetadata: () => {
        call.startRead();
        begun.shift()?.(call);
      },
      onReceiveMessage: () => call.startRead(),
      onReceiveHalfClose: () => {},
      onCancel: () => cancelled.shift()?.(),
    });
  return {
    handler,
    nextCall: () => new Promise<Parameters<CallHandler>[1]>((resolve) => begun.push(resolve)),
    nextCancel: () => new Promise<void>((resolve) => cancelled.push(resolve)),
  };
}

test('every method goes to the handler, and what is not gRPC is refused', async (t) => {
  const paths: string[] = [];
  const { port } = await serve(t, (method, call) => {
    paths.push(method);
    call.start({
      onReceiveMetadata: () => call.startRead(),
      onReceiveMessage: (bytes: Buffer) => call.sendMessage(bytes, () => call.startRead()),
      onReceiveHalfClose: () => call.sendStatus({ code: Status.OK, details: 'OK' }),
      onCancel: () => {},
    });
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.teardown(() => client.close());
  for (const method of [path, '/other.Service/Method']) {
    const reply = await new Promise<Buffer | undefined>((resolve, reject) => {
      client.makeUnaryRequest(method, identity, identity, Buffer.from('x'), (error, bytes) =>
        error ? reject(error) : resolve(bytes),
      );
    });
    t.is(String(reply), 'x');
  }
  t.deepEqual(paths, [path, '/other.Service/Method']);

  const session = http2(t, port);
  const statusOf = async (headers: OutgoingHttpHeaders): Promise<number> => {
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers }, { endStream: true });
    stream.on('error', () => {});
    const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    stream.resume();
    return Number(answer[':status']);
  };
  for (const type of [undefined, 'text/html', 'application/grpc+json', 'application/grpc-web', 'application/grpcx'])
    t.is(await statusOf(type === undefined ? {} : { 'content-type': type }), 415, type);
  for (const method of ['GET', 'PUT', 'DELETE']) t.is(await statusOf({ ':method': method, ...grpc }), 405, method);
  t.is(paths.length, 2);
  for (const type of ['application/grpc', 'application/grpc+proto', 'application/grpc; charset=utf-8'])
    t.is(await statusOf({ 'content-type': type }), 200, type);
  t.is(paths.length, 5);
});

test('a client is told how much metadata a call may bring', async (t) => {
  const { port } = await serve(t, silent);
  const session = http2(t, port);
  await once(session, 'remoteSettings');
  t.is(session.remoteSettings.maxHeaderListSize, 65_536);
});

test('a draining server lets calls end, takes no new ones, and ends connections that have none', async (t) => {
  const { handler, nextCall } = watched();
  const server = await serve(t, handler);
  const [idle, busy] = [http2(t, server.port), http2(t, server.port)];
  await Promise.all([once(idle, 'remoteSettings'), once(busy, 'remoteSettings')]);
  const begun = nextCall();
  const stream = busy.request({ ':method': 'POST', ':path': path, ...grpc });
  stream.resume();
  const trailers = once(stream, 'response');
  const call = await begun;
  let drained = false;
  const [idleClosed, told] = [once(idle, 'close'), once(busy, 'goaway')];
  const draining = server.drain().then(() => {
    drained = true;
  });
  await Promise.all([idleClosed, told]);
  const late = connectTcp(server.port, '127.0.0.1');
  const [refusal] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  t.is(refusal.code, 'ECONNREFUSED');
  t.false(drained);
  const closed = once(busy, 'close');
  call.sendStatus({ code: Status.NOT_FOUND, details: 'gone' });
  const [headers] = (await trailers) as [IncomingHttpHeaders];
  t.is(headers['grpc-status'], '5');
  await Promise.all([draining, closed]);
  await Promise.all([server.drain(), server.close()]);
});

test('a closing server cancels the calls that do not end', async (t) => {
  const { handler, nextCall, nextCancel } = watched();
  const server = await serve(t, handler, { closeMs: 1 });
  const [begun, cancelled] = [nextCall(), nextCancel()];
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  t.teardown(() => client.close());
  const ended = new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest(path, identity, identity, Buffer.alloc(1), resolve);
  });
  await begun;
  await server.close();
  await cancelled;
  t.truthy(await ended);
});

test('a connection that does not answer is ended', async (t) => {
  const server = await serve(t, silent, { limits: { keepaliveMs: 1 } });
  const client = await FrameClient.connect(t, server.port);
  await t.notThrowsAsync(client.closed());
});

test('a dead connection does not hold up a drain', async (t) => {
  const { handler, nextCancel } = watched();
  const server = await serve(t, handler, { drainPingMs: 1 });
  const cancelled = nextCancel();
  const client = await FrameClient.connect(t, server.port);
  await client.send(preface, requestHeaders(path, grpc));
  await t.notThrowsAsync(server.drain());
  await cancelled;
});

test('a connection that has come no farther than the beginning of TLS does not hold up a drain', async (t) => {
  const server = await serve(t, silent, { credentials: ServerCredentials.createSsl(null, [pair]) });
  const socket = connectTcp(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await t.notThrowsAsync(server.drain());
  await closed;
});

// The limits.

test('a connection beyond the limit is closed, and another one may take the place of one that ends', async (t) => {
  const { port } = await serve(t, silent, { limits: { maxConnections: 1 } });
  const first = http2(t, port);
  await once(first, 'remoteSettings');
  const second = http2(t, port);
  await once(second, 'close');
  const ended = once(first, 'close');
  first.close();
  await ended;
  for (;;) {
    // The server may not know yet that the first one is gone.
    const next = http2(t, port);
    const [event] = await Promise.race([
      once(next, 'remoteSettings').then(() => ['open']),
      once(next, 'close').then(() => ['closed']),
    ]);
    if (event === 'open') break;
  }
  t.pass();
});

test('a client is told how many calls a connection may have', async (t) => {
  const { port } = await serve(t, silent, { limits: { maxCallsPerConnection: 7 } });
  const session = http2(t, port);
  await once(session, 'remoteSettings');
  t.is(session.remoteSettings.maxConcurrentStreams, 7);
});

test('with TLS, every call of a new connection gets its status, though its request has not ended', async (t) => {
  const answer: CallHandler = (_path, call) => {
    call.start({
      onReceiveMetadata: () => {},
      onReceiveMessage: () => {},
      onReceiveHalfClose: () => {},
      onCancel: () => {},
    });
    call.sendStatus({ code: Status.NOT_FOUND, details: '' });
  };
  const { port } = await serve(t, answer, { credentials: ServerCredentials.createSsl(null, [pair]) });
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  t.teardown(() => session.destroy());
  // More than the pings that Node allows by default.
  const ends = Array.from({ length: 20 }, async (_, index) => {
    const type = index % 2 === 0 ? 'application/grpc' : 'image/jpeg';
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': type });
    stream.on('error', () => {});
    stream.resume();
    stream.write(Buffer.alloc(5));
    const closed = once(stream, 'close');
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    await closed;
    return headers['grpc-status'] ?? headers[':status'];
  });
  t.deepEqual(
    await Promise.all(ends),
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? '5' : 415)),
  );
});

test('a call beyond the limit is RESOURCE_EXHAUSTED, and one after it is not', async (t) => {
  const { handler, nextCall } = watched();
  const { port } = await serve(t, handler, { limits: { maxCalls: 1 } });
  const session = http2(t, port);
  const request = (): Promise<IncomingHttpHeaders> => {
    const stream = session.request({ ':method': 'POST', ':path': path, ...grpc });
    stream.on('error', () => {});
    stream.resume();
    // The call counts until its stream is closed.
    const closed = once(stream, 'close');
    return once(stream, 'response').then(([headers]) => closed.then(() => headers as IncomingHttpHeaders));
  };
  const begun = nextCall();
  const first = request();
  const call = await begun;
  const refused = await request();
  t.is(refused['grpc-status'], '8');
  t.regex(refused['grpc-message'] as string, /maxCalls/);
  call.sendStatus({ code: Status.OK, details: '' });
  await first;
  const again = nextCall();
  const third = request();
  (await again).sendStatus({ code: Status.NOT_FOUND, details: '' });
  t.is((await third)['grpc-status'], '5');
});

test('a call without a message ends in time, unless its reply has begun', async (t) => {
  const { handler, nextCall, nextCancel } = watched();
  const { port } = await serve(t, handler, { checkMs: 1, limits: { firstMessageTimeoutMs: 50 } });
  const session = http2(t, port);
  const request = () => {
    const stream = session.request({ ':method': 'POST', ':path': path, ...grpc });
    stream.on('error', () => {});
    stream.resume();
    return stream;
  };
  const answered = nextCall();
  const live = request();
  (await answered).sendMetadata(new Metadata());
  await once(live, 'response');
  const cancelled = nextCancel();
  const [headers] = (await once(request(), 'response')) as [IncomingHttpHeaders];
  await cancelled;
  t.is(headers['grpc-status'], '4');
  t.regex(headers['grpc-message'] as string, /firstMessageTimeoutMs/);
  t.false(live.closed);
});

test('a connection without calls is closed in time, and one with a call is not', async (t) => {
  const { handler, nextCall } = watched();
  const { port } = await serve(t, handler, { checkMs: 1, limits: { idleTimeoutMs: 500 } });
  const [idle, busy] = [http2(t, port), http2(t, port)];
  const begun = nextCall();
  const stream = busy.request({ ':method': 'POST', ':path': path, ...grpc });
  stream.resume();
  const call = await begun;
  await once(idle, 'close');
  t.false(busy.closed);
  const closed = once(busy, 'close');
  call.sendStatus({ code: Status.OK, details: '' });
  await closed;
});

test('a connection that does not begin HTTP/2 is closed in time, with TLS too', async (t) => {
  for (const credentials of [undefined, ServerCredentials.createSsl(null, [pair])]) {
    const options = { checkMs: 1, limits: { handshakeTimeoutMs: 50 } };
    const { port } = await serve(t, silent, credentials === undefined ? options : { ...options, credentials });
    const client = connectTcp(port, '127.0.0.1');
    client.on('error', () => {});
    client.resume();
    await t.notThrowsAsync(once(client, 'close'));
  }
});

test('calls that hold too many parts of messages are RESOURCE_EXHAUSTED, and free them', async (t) => {
  const { handler, nextCancel } = watched();
  const { port } = await serve(t, handler, { limits: { maxPartialBytes: 100 } });
  const [first, second] = [await FrameClient.connect(t, port), await FrameClient.connect(t, port)];
  const part = data(Buffer.concat([Buffer.from([0, 0, 0, 3, 0]), Buffer.alloc(60)]));
  await first.send(preface, requestHeaders(path, grpc), part);
  const cancelled = nextCancel();
  await second.send(preface, requestHeaders(path, grpc), part);
  await cancelled;
  const third = await FrameClient.connect(t, port);
  let more = false;
  void nextCancel().then(() => {
    more = true;
  });
  await third.send(preface, requestHeaders(path, grpc), data(Buffer.from([0, 0, 0, 3, 0, 1, 2, 3])));
  t.false(more, 'what the second call held is free again');
});

test('a connection that breaks the protocol is ended soon, and its calls are cancelled', async (t) => {
  const { handler, nextCall, nextCancel } = watched();
  const { port } = await serve(t, handler, { checkMs: 10 });
  const client = await FrameClient.connect(t, port);
  const [begun, cancelled] = [nextCall(), nextCancel()];
  await client.send(preface, requestHeaders(path, grpc));
  await begun;
  // No longer value of a header can be decoded. Node says so to the client, and nothing to the server.
  await client.sendLast(requestHeaders(path, { big: 'a'.repeat(70_000) }, 3));
  await cancelled;
  await t.notThrowsAsync(client.closed());
});

function http2(t: ExecutionContext, port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  t.teardown(() => session.destroy());
  return session;
}
