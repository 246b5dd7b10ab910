import type { Http2SecureServer, Http2Server, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

/** The connections of HTTP/2 servers: they end together, gracefully or at once, and dead ones are found. */
export class Connections {
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** Those that have not answered a ping. */
  readonly #silent = new Set<ServerHttp2Session>();
  #closing = false;
  #onEmpty: (() => void)[] = [];

  /** Takes all connections that this server accepts from now on. */
  follow(server: Http2Server | Http2SecureServer): void {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('session', (session) => this.#add(session));
  }

  /** Refuses new calls; settles when those under way have ended, and with them all connections. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const session of this.#sessions) session.close();
    if (this.#sessions.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    // These have come no farther than the beginning of TLS.
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends all connections at once. Their calls are cancelled. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  /**
   * Asks each connection whether it is alive. One that does not answer before `endSilent` is dead: its client left without a word,
   * or Node's HTTP/2 has stopped reading because it cannot decode a header. Node tells of neither, nor, in the second case,
   * of the client's own end.
   */
  ping(): void {
    for (const session of this.#sessions) {
      // Node sends no ping for one that closes.
      if (session.closed || this.#silent.has(session)) continue;
      this.#silent.add(session);
      session.ping((error) => error === null && this.#silent.delete(session));
    }
  }

  /** Ends the connections that have not answered. Their calls are cancelled. */
  endSilent(): void {
    for (const session of this.#silent) session.destroy();
  }

  #add(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#remove(session));
    if (this.#closing) session.close();
  }

  #remove(session: ServerHttp2Session): void {
    this.#sessions.delete(session);
    this.#silent.delete(session);
    if (this.#sessions.size > 0) return;
    for (const resolve of this.#onEmpty) resolve();
    this.#onEmpty = [];
  }
}
