import type { EventEmitter } from 'node:events';
import type { Http2SecureServer, Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';

/** See `GatewayLimits`. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly handshakeTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** A connection that speaks HTTP/2, or is about to. Times are in milliseconds, on the clock of `performance.now()`. */
class Connection {
  /** Whether the client has sent its settings, with which HTTP/2 begins. */
  begun = false;
  streams = 0;
  /** Since when it has no stream. */
  idleSince = performance.now();
  /** How many bytes the socket had read and written at the last look. */
  bytesRead = 0;
  bytesWritten = 0;
  /** Whether the socket had read more at the last look than at the one before. */
  hasRead = false;

  constructor(
    readonly session: ServerHttp2Session,
    readonly socket: Socket,
  ) {}

  /** Ends the connection at once. Its calls are cancelled. */
  end(): void {
    this.session.destroy();
    this.socket.destroy();
  }
}

/** The connections of HTTP/2 servers. Ends all of them, gracefully or at once, and finds those that are dead, idle or too many. */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Map<ServerHttp2Session, Connection>();
  /** The connections that have not answered a ping. */
  readonly #silent = new Set<Connection>();
  #connected = 0;
  /** The socket whose session Node makes now. */
  #socket: Socket | undefined;
  #closing = false;
  #onEmpty: (() => void)[] = [];

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Takes all connections that this server accepts from now on. */
  follow(server: Http2Server | Http2SecureServer): void {
    const events: EventEmitter = server;
    // Node makes the session in its own listeners of these events, so these listeners come first.
    events.prependListener('connection', (socket: Socket) => this.#accept(socket));
    events.prependListener('secureConnection', (socket: Socket) => this.#addSocket(socket));
    events.on('session', (session: ServerHttp2Session) => this.#add(session));
  }

  /** A client has opened a stream. `closed` is called when the stream is closed. */
  followStream(stream: ServerHttp2Stream, closed: () => void): void {
    const connection = this.#connections.get(stream.session as ServerHttp2Session);
    if (connection !== undefined) connection.streams++;
    stream.once('close', () => {
      if (connection !== undefined && --connection.streams === 0) connection.idleSince = performance.now();
      closed();
    });
  }

  /** Refuses new calls. Settles when the calls under way, and so all connections, have ended. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { session } of this.#connections.values()) session.close();
    if (this.#connections.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    // Sockets whose TLS handshake may not be finished: they have no session to close.
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends all connections at once. Their calls are cancelled. */
  destroy(): void {
    for (const { session } of this.#connections.values()) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  /**
   * Asks each connection whether it is alive. A connection that does not answer before `endSilent` is dead: the client is gone, and has not
   * closed the connection.
   */
  ping(): void {
    for (const connection of this.#connections.values()) {
      const { session } = connection;
      // Node sends no ping on a connection that closes.
      if (session.closed || session.destroyed || this.#silent.has(connection)) continue;
      this.#silent.add(connection);
      session.ping((error) => error === null && this.#silent.delete(connection));
    }
  }

  /**
   * Ends the connections that have not answered. Their calls are cancelled. During {@link close}, this also ends connections that have sent
   * everything and only wait until the client closes.
   */
  endSilent(): void {
    for (const connection of this.#silent) connection.end();
    if (!this.#closing) return;
    for (const socket of this.#sockets) if (socket.writableFinished) socket.destroy();
  }

  /** Ends the connections that have not begun HTTP/2 in time, that have had no call for too long, and that Node has given up. */
  check(): void {
    const now = performance.now();
    const { handshakeTimeoutMs, idleTimeoutMs } = this.#limits;
    for (const connection of this.#connections.values()) {
      const { session, begun, streams, idleSince } = connection;
      const idleMs = streams === 0 ? now - idleSince : 0;
      if (!begun && idleMs >= handshakeTimeoutMs) connection.end();
      else if (idleMs >= idleTimeoutMs) session.close();
      else if (mayBeGivenUp(connection)) endIfGivenUp(connection);
    }
  }

  #accept(socket: Socket): void {
    if (this.#connected >= this.#limits.maxConnections) {
      // Node makes a session of this socket nevertheless.
      this.#socket = undefined;
      socket.destroy();
      return;
    }
    this.#connected++;
    socket.once('close', () => this.#connected--);
    this.#addSocket(socket);
  }

  #addSocket(socket: Socket): void {
    this.#socket = socket;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #add(session: ServerHttp2Session): void {
    if (this.#socket === undefined) return;
    const connection = new Connection(session, this.#socket);
    this.#connections.set(session, connection);
    session.once('remoteSettings', () => {
      connection.begun = true;
    });
    session.once('close', () => this.#remove(connection));
    if (this.#closing) session.close();
  }

  #remove(connection: Connection): void {
    this.#connections.delete(connection.session);
    this.#silent.delete(connection);
    if (this.#connections.size > 0) return;
    for (const resolve of this.#onEmpty) resolve();
    this.#onEmpty = [];
  }
}

/**
 * Whether the connection has read something before the last look, and has written nothing since. Only then is it worth a closer look, and
 * connections that work hardly ever are in this state.
 */
function mayBeGivenUp(connection: Connection): boolean {
  const { bytesRead, bytesWritten } = connection.socket;
  const may = connection.hasRead && bytesRead === connection.bytesRead && bytesWritten === connection.bytesWritten;
  if (!may) {
    connection.hasRead = bytesRead > connection.bytesRead;
    connection.bytesRead = bytesRead;
    connection.bytesWritten = bytesWritten;
  }
  return may;
}

/**
 * Ends the connection if Node has given it up. After some faults of a client, such as a header value of more than 64 KiB, Node says goodbye
 * to the client, reads and writes nothing more, and tells nobody, not even that the client has closed the connection. Such a connection
 * does not write a ping, although its socket has nothing else to write.
 */
function endIfGivenUp(connection: Connection): void {
  const { session, socket } = connection;
  connection.hasRead = false;
  if (session.closed || session.destroyed) return;
  const { bytesWritten } = socket;
  session.ping(() => undefined);
  setImmediate(() => {
    // Node's types lack the queue of the socket's handle.
    const { _handle: handle } = socket as { _handle?: { readonly writeQueueSize?: number } | null };
    if (!session.destroyed && socket.bytesWritten === bytesWritten && handle?.writeQueueSize === 0) connection.end();
  });
}
