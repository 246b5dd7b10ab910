import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { Client, credentials, ServerCredentials, type ServiceError, status as Status } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import type { CallHandler } from './calls.js';
import { serve, silent } from './grpc-server.test.helpers.js';
import { FrameClient, preface, requestHeaders } from './http2-frames.test.helpers.js';

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
  for (const headers of [{}, { 'content-type': 'text/html' }]) {
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    stream.on('error', () => {});
    const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    t.is(Number(answer[':status']), 415);
  }
  t.is(paths.length, 2);
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
  const server = await serve(t, silent, { pingMs: 1 });
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
  const server = await serve(t, silent, {}, ServerCredentials.createSsl(null, [pair]));
  const socket = connectTcp(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await t.notThrowsAsync(server.drain());
  await closed;
});

function http2(t: ExecutionContext, port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  t.teardown(() => session.destroy());
  return session;
}
