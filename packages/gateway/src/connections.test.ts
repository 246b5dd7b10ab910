import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { Connections } from './connections.js';
import { FrameClient, preface, requestHeaders } from './http2-frames.test.helpers.js';

/** A server whose streams stay open. */
async function serve(t: ExecutionContext) {
  t.timeout(20_000);
  const connections = new Connections();
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
  const asked = once(live, 'ping');
  connections.ping();
  await asked;
  await roundTrip(live);
  connections.endSilent();
  await aborted;
  await roundTrip(live);
  t.false(live.destroyed);
});

test('a connection that answers is not ended while it closes, and one that does not is', async (t) => {
  const { connections, server, port } = await serve(t);
  const live = await liveClient(t, server);
  const dead = await FrameClient.connect(t, port);
  const aborted = once(server, 'stream').then(([stream]) => once(stream, 'aborted'));
  await dead.send(preface, requestHeaders('/a/B'));
  const [asked, told] = [once(live, 'ping'), once(live, 'goaway')];
  connections.ping();
  const closed = connections.close();
  await Promise.all([asked, told]);
  await roundTrip(live).catch(() => {});
  connections.endSilent();
  await aborted;
  t.false(live.destroyed);
  connections.ping();
  connections.endSilent();
  t.false(live.destroyed);
  live.destroy();
  await closed;
});

test('closing connections of which there are none is over at once', async (t) => {
  const { connections } = await serve(t);
  await connections.close();
  await connections.close();
  t.pass();
});
