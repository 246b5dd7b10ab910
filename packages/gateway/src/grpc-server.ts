import type {
  Http2SecureServer,
  Http2Server,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
  ServerHttp2Stream,
} from 'node:http2';
import { status as Status } from '@grpc/grpc-js';
import type { CallHandler } from './calls.js';
import { Connections } from './connections.js';
import type { CheckedGatewayLimits } from './gateway-limits.js';
import { Http2Call, MAX_METADATA_BYTES, type MessageLimits, stopRequest } from './http2-call.js';
import { type ListenAddress, listenAt, portOf } from './listen.js';
import { PartialBytes } from './partial-bytes.js';
import { separateValues } from './received-headers.js';
import type { Http2ServerFactory } from './server-credentials.js';

/** Times of a server, in milliseconds. */
export interface GrpcServerTimes {
  /** How often the limits of connections and calls are checked. */
  readonly checkMs: number;
  /**
   * How often connections are checked while the server drains. A connection ends if it has not answered a ping, or if it waits only for the
   * client to close.
   */
  readonly drainPingMs: number;
  /** How long the last replies may take to leave when the server closes. */
  readonly closeMs: number;
}

const defaultTimes: GrpcServerTimes = { checkMs: 1000, drainPingMs: 5000, closeMs: 1000 };

type AnyHttp2Server = Http2Server | Http2SecureServer;

export interface GrpcServerOptions {
  readonly address: ListenAddress;
  readonly createServer: Http2ServerFactory;
  readonly messages: MessageLimits;
  readonly limits: CheckedGatewayLimits;
  readonly times?: Partial<GrpcServerTimes>;
}

/** Takes gRPC calls over HTTP/2 and gives each to one handler, whatever its method. */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #times: GrpcServerTimes;
  readonly #handler: CallHandler;
  readonly #connections: Connections;
  readonly #partialBytes: PartialBytes;
  /** The calls that have not ended, each with the time when it came, oldest first. */
  readonly #calls = new Map<Http2Call, number>();
  readonly #timers: readonly NodeJS.Timeout[];
  #servers: readonly AnyHttp2Server[] = [];

  private constructor(handler: CallHandler, options: GrpcServerOptions) {
    const { limits, times } = options;
    this.#options = options;
    this.#times = { ...defaultTimes, ...times };
    this.#handler = handler;
    this.#connections = new Connections(limits);
    this.#partialBytes = new PartialBytes(limits.maxPartialBytes);
    const pings = setInterval(() => {
      endSilentSoon(this.#connections);
      setImmediate(() => this.#connections.ping());
    }, limits.keepaliveMs);
    const checks = setInterval(() => {
      this.#connections.check();
      this.#endUnbegun();
    }, this.#times.checkMs);
    this.#timers = [pings.unref(), checks.unref()];
  }

  /** @throws Error that names the address, the cause and a remedy. */
  static async listen(handler: CallHandler, options: GrpcServerOptions): Promise<GrpcServer> {
    const server = new GrpcServer(handler, options);
    try {
      server.#servers = await listenAt(options.address, () => server.#open());
      return server;
    } catch (error) {
      server.#stopTimers();
      server.#connections.destroy();
      throw error;
    }
  }

  #open(): AnyHttp2Server {
    const { createServer, limits } = this.#options;
    const server = createServer({
      ...serverOptions,
      settings: { ...serverOptions.settings, maxConcurrentStreams: limits.maxCallsPerConnection },
      // For TLS.
      handshakeTimeout: limits.handshakeTimeoutMs,
    });
    this.#connections.follow(server);
    server.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: readonly string[]) =>
        this.#take(stream, headers, raw),
    );
    return server;
  }

  /** The port that it listens at. */
  get port(): number {
    return portOf(this.#servers[0]);
  }

  /** How many calls have not ended. */
  get callsUnderWay(): number {
    return this.#calls.size;
  }

  /**
   * Takes no new calls. Settles when the calls under way have ended. If a connection is already dead when this begins, its calls are
   * cancelled.
   */
  async drain(): Promise<void> {
    this.#stopTimers();
    this.#connections.ping();
    const checks = setInterval(() => {
      endSilentSoon(this.#connections);
      this.#connections.check();
    }, this.#times.drainPingMs);
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

  #stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): void {
    stream.on('error', ignore);
    if (headers[':method'] !== 'POST') refuse(stream, { ':status': 405, allow: 'POST' });
    else if (!isGrpc(headers['content-type'])) refuse(stream, { ':status': 415 });
    else if (this.#calls.size >= this.#options.limits.maxCalls) refuse(stream, tooManyCalls);
    else {
      separateValues(headers, raw);
      const call = new Http2Call(stream, headers, this.#options.messages, this.#partialBytes);
      this.#calls.set(call, performance.now());
      this.#connections.followStream(stream, () => this.#calls.delete(call));
      this.#handler(headers[':path'] ?? '', call);
    }
  }

  /** Ends the calls whose requests have not begun in time. */
  #endUnbegun(): void {
    const { firstMessageTimeoutMs } = this.#options.limits;
    const before = performance.now() - firstMessageTimeoutMs;
    for (const [call, cameAt] of this.#calls) {
      if (cameAt > before) return;
      if (call.waitsForRequest) call.requestMissing(firstMessageTimeoutMs);
    }
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
  // A reply may wait for a ping: see `stopRequest`. So each call may have one.
  maxOutstandingPings: 2 ** 31,
  // Calls check the size of their headers themselves. Above this limit Node would end a call silently.
  maxSendHeaderBlockLength: Number.MAX_SAFE_INTEGER,
  // If a session holds more memory than this, Node refuses its new streams or ends it. Flow control already limits that memory.
  maxSessionMemory: Number.MAX_SAFE_INTEGER,
  // If a call has more metadata than this, a client that obeys this setting ends the call itself. If it sent the metadata, Node might stop
  // reading the connection.
  settings: { maxHeaderListSize: MAX_METADATA_BYTES },
};

/**
 * Whether a request has a content type of gRPC, and its messages are protobuf. Messages in another form would not be understood by
 * workers, which do not learn of the content type.
 */
function isGrpc(contentType: string | undefined): boolean {
  return contentType === 'application/grpc' || /^application\/grpc(\+proto)?\s*(;|$)/i.test(contentType ?? '');
}

const tooManyCalls: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': Status.RESOURCE_EXHAUSTED,
  'grpc-message': 'the gateway has too many calls under way (limits.maxCalls)',
};

/**
 * Without a listener, an error of a stream would end the process. The error needs no other handling, because the stream's end follows it.
 */
function ignore(): void {}

/** Answers a request that is not to reach the handler. Reads the rest of the request and drops it. */
function refuse(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond(headers, { endStream: true });
  stream.resume();
  stopRequest(stream);
}
