import type { Http2SecureServer, Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { CallHandler } from './calls.js';
import { Connections } from './connections.js';
import { Http2Call, MAX_METADATA_BYTES, type MessageLimits, stopRequest } from './http2-call.js';
import { type ListenAddress, listenAt, portOf } from './listen.js';
import { separateValues } from './received-headers.js';
import type { Http2ServerFactory } from './server-credentials.js';

/** Times of a server, in milliseconds. */
export interface GrpcServerTimes {
  /** How often connections are asked whether they are alive. A dead connection ends within twice this time. */
  readonly pingMs: number;
  /**
   * How often connections are checked while the server drains. A connection ends if it has not answered a ping, or if it waits only for the
   * client to close.
   */
  readonly drainPingMs: number;
  /** How long the last replies may take to leave when the server closes. */
  readonly closeMs: number;
}

const defaultTimes: GrpcServerTimes = { pingMs: 20_000, drainPingMs: 5000, closeMs: 1000 };

type AnyHttp2Server = Http2Server | Http2SecureServer;

export interface GrpcServerOptions {
  readonly address: ListenAddress;
  readonly createServer: Http2ServerFactory;
  readonly limits: MessageLimits;
  readonly times?: Partial<GrpcServerTimes>;
}

/** Takes gRPC calls over HTTP/2 and gives each to one handler, whatever its method. */
export class GrpcServer {
  /** The port that it listens at. */
  readonly port: number;
  readonly #servers: readonly AnyHttp2Server[];
  readonly #connections: Connections;
  readonly #times: GrpcServerTimes;
  readonly #pings: NodeJS.Timeout;

  private constructor(servers: readonly AnyHttp2Server[], connections: Connections, times: GrpcServerTimes) {
    this.#times = times;
    this.port = portOf(servers[0]);
    this.#servers = servers;
    this.#connections = connections;
    this.#pings = setInterval(() => {
      endSilentSoon(connections);
      setImmediate(() => connections.ping());
    }, times.pingMs).unref();
  }

  /** @throws Error that names the address, the cause and a remedy. */
  static async listen(handler: CallHandler, options: GrpcServerOptions): Promise<GrpcServer> {
    const { address, createServer, limits, times } = options;
    const connections = new Connections();
    const opening = listenAt(address, () => {
      const server = createServer(serverOptions);
      connections.follow(server);
      server.on(
        'stream',
        (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: readonly string[]) =>
          take(stream, headers, raw, handler, limits),
      );
      return server;
    });
    const servers = await opening.catch((error: unknown) => {
      connections.destroy();
      throw error;
    });
    return new GrpcServer(servers, connections, { ...defaultTimes, ...times });
  }

  /**
   * Takes no new calls. Settles when the calls under way have ended. If a connection is already dead when this begins, its calls are
   * cancelled.
   */
  async drain(): Promise<void> {
    clearInterval(this.#pings);
    this.#connections.ping();
    const checks = setInterval(() => endSilentSoon(this.#connections), this.#times.drainPingMs);
    for (const server of this.#servers) server.close();
    await this.#connections.close();
    clearInterval(checks);
  }

  /** Does the same as {@link drain}, but cancels the calls that have not ended after a moment. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#connections.destroy(), this.#times.closeMs);
    await this.drain();
    clearTimeout(timer);
  }
}

/**
 * Uses `setImmediate`, because Node reads from the connections before it runs that callback. So answers that came while the event loop was
 * blocked are read first.
 */
function endSilentSoon(connections: Connections): void {
  setImmediate(() => connections.endSilent());
}

const serverOptions = {
  // Calls check the size of their headers themselves. Above this limit Node would end a call silently.
  maxSendHeaderBlockLength: Number.MAX_SAFE_INTEGER,
  // If a session holds more memory than this, Node refuses its new streams or ends it. Flow control already limits that memory.
  maxSessionMemory: Number.MAX_SAFE_INTEGER,
  // If a call has more metadata than this, a client that obeys this setting ends the call itself. If it sent the metadata, Node might stop
  // reading the connection.
  settings: { maxHeaderListSize: MAX_METADATA_BYTES },
};

function take(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  handler: CallHandler,
  limits: MessageLimits,
): void {
  stream.on('error', ignore);
  if (headers['content-type']?.startsWith('application/grpc')) {
    separateValues(headers, raw);
    handler(headers[':path'] ?? '', new Http2Call(stream, headers, limits));
  } else {
    refuse(stream);
  }
}

/**
 * Without a listener, an error of a stream would end the process. The error needs no other handling, because the stream's end follows it.
 */
function ignore(): void {}

/** Refuses a request that is not gRPC. Reads the rest of the request and drops it. */
function refuse(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ':status': 415 }, { endStream: true });
  stream.resume();
  stopRequest(stream);
}
