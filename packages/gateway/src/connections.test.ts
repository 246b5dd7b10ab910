import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { Connections } from './connections.js';
import { FrameClient, preface, requestHeaders } from './http2-frames.test.helpers.js';

/** A server whose streams stay open. */
async function serve(t: ExecutionContext) {
  t.timeout(20_000);
  const connections = new Connections({ maxConnections: 10, handshakeTimeoutMs: 60_000, idleTimeoutMs: 60_000 });
  const server: Http2Server = createServer();
  connections.follow(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    connections.destroy();
  });
  return { connections, server, port: (server.address() as AddressInfo).port };
}

/** A client with a stream open. */
async function liveClient(t: ExecutionContext, server: Http2Server): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.teardown(() => session.destroy());
  session.on('error', () => {});
  session.request({ ':method': 'POST' }, { endStream: false }).on('error', () => {});
  await once(server, 'stream');
  return session;
}

/** Until the server has read everything that the client sent before. */
function roundTrip(client: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => client.ping((error) => (error ? reject(error) : resolve())));
}

test('a connection on which Node has stopped reading is ended, and no other', async (t) => {
  const { connections, server, port } = await serve(t);
  const live = await liveClient(t, server);
  const dead = await FrameClient.connect(t, port);
  const aborted = once(server, 'stream').then(([stream]) => once(stream, 'aborted'));
  await dead.send(preface, requestHeaders('/a/B'));
  // No longer value of a header can be decoded. The server says so to the client, and nothing to its user.
  await dead.sendLast(requestHeaders('/a/B', { big: 'a'.repeat(70_000) }, 3));
  let ended = false;
  void aborted.then(() => {
    ended = true;
  });
  // The first look sees that something was read, the second that nothing was written since.
  while (!ended) {
    connections.check();
    await roundTrip(live);
  }
  await roundTrip(live);
  t.false(live.destroyed);
});

test('a connection that answers is not ended while it closes, and one that does not is', async (t) => {
  const { connections, server, port } = await serve(t);
  const [live, dead] = [await FrameClient.connect(t, port), await FrameClient.connect(t, port)];
  let aborted = 0;
  server.on('stream', (stream) => stream.on('aborted', () => aborted++));
  for (const client of [live, dead]) await client.send(preface, requestHeaders('/a/B'));
  connections.ping();
  const closed = connections.close();
  await live.answerPing();
  connections.endSilent();
  await dead.closed();
  t.is(aborted, 1);
  // Node sends no pings now, so nothing more is asked of the one that lives.
  connections.ping();
  connections.endSilent();
  await live.send();
  t.is(aborted, 1);
  connections.destroy();
  await closed;
  t.is(aborted, 2);
});

test('a client that never closes its end does not hold up the others', async (t) => {
  const { connections, port } = await serve(t);
  const client = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.teardown(() => client.destroy());
  client.resume();
  client.write(preface);
  await once(client, 'data');
  const ended = once(client, 'end');
  let closed = false;
  const closing = connections.close().then(() => {
    closed = true;
  });
  await ended;
  t.false(closed);
  // Node says a little later that everything was sent.
  while (!closed) {
    connections.endSilent();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closing;
});

test('closing connections of which there are none is over at once', async (t) => {
  const { connections } = await serve(t);
  await connections.close();
  await connections.close();
  t.pass();
});
