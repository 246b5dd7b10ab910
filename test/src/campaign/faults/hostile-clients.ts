import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { pause, seconds } from '../time.js';
import type { FaultKind } from './fault.js';

const MIN_MS = 3000;
const MAX_MS = 8000;
/** How many clients of each kind come, and how many requests each of them makes. */
const CLIENTS = 5;
const REQUESTS = 20;
const LARGE_HEADER_BYTES = 70_000;
/** Node's client refuses to send larger headers than this, by default 64 KiB. */
const MAX_HEADER_BYTES = 200_000;
/** The head of a message of 100 bytes, and only some of the message. */
const halfMessage = Buffer.concat([Buffer.from([0, 0, 0, 0, 100]), Buffer.alloc(20)]);

/** A connection that can be given up. */
type Connection = Socket | ClientHttp2Session;

export const hostileClients: FaultKind = {
  name: 'hostile HTTP/2 clients',
  draw: (random) => {
    const ms = random.int(MIN_MS, MAX_MS);
    return {
      what: `hostile HTTP/2 clients at the gateway for ${seconds(ms)}`,
      disturbsServers: false,
      strike: async ({ fleet, signal }) => {
        const { address } = fleet.member('gateway');
        if (address === undefined) throw new Error('the gateway has not told its address');
        const connections = [silent, garbage, headersOnly, largeHeader, halfAMessage, resetAtOnce].flatMap((client) =>
          Array.from({ length: CLIENTS }, () => client(address)),
        );
        await pause(ms, signal);
        for (const connection of connections) connection.destroy();
      },
    };
  },
};

/** Says nothing. */
function silent(address: string): Connection {
  const [host, port] = address.split(':');
  return connect(Number(port), host).on('error', ignored);
}

/** Says what is not HTTP/2. */
function garbage(address: string): Connection {
  const socket = silent(address) as Socket;
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\nPRI * nothing');
  return socket;
}

/** Begins requests and never sends a message. */
function headersOnly(address: string): Connection {
  const session = open(address);
  for (let n = 0; n < REQUESTS; n++) request(session, n % 2 === 0 ? 'Chat' : 'Unary');
  return session;
}

function largeHeader(address: string): Connection {
  const session = open(address);
  // A stream of its own is open when the connection meets its end.
  request(session, 'Chat');
  request(session, 'Unary', { large: 'x'.repeat(LARGE_HEADER_BYTES) }).end();
  return session;
}

/** Sends half a message and waits. */
function halfAMessage(address: string): Connection {
  const session = open(address);
  for (let n = 0; n < REQUESTS; n++) request(session, n % 2 === 0 ? 'Unary' : 'Chat').write(halfMessage);
  return session;
}

function resetAtOnce(address: string): Connection {
  const session = open(address);
  for (let n = 0; n < REQUESTS; n++) request(session, 'Chat').close(constants.NGHTTP2_CANCEL);
  return session;
}

function open(address: string): ClientHttp2Session {
  return connectHttp2(`http://${address}`, { maxSendHeaderBlockLength: MAX_HEADER_BYTES }).on('error', ignored);
}

function request(session: ClientHttp2Session, method: string, headers: Readonly<Record<string, string>> = {}) {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: `/wherry.test.v1.Echo/${method}`,
    te: 'trailers',
    'content-type': 'application/grpc+proto',
    ...headers,
  });
  stream.on('error', ignored);
  stream.resume();
  return stream;
}

/** The gateway may end these connections as it likes. */
function ignored(): void {}
