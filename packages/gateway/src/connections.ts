import type { EventEmitter } from 'node:events';
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

/** The connections of HTTP/2 servers. Ends all of them, gracefully or at once, and finds those that are dead. */
export class Connections {
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** The sessions that have not answered a ping. */
  readonly #silent = new Set<ServerHttp2Session>();
  #closing = false;
  #onEmpty: (() => void)[] = [];

  /** Takes all connections that this server accepts from now on. */
  follow(server: Http2Server | Http2SecureServer): void {
    const events: EventEmitter = server;
    for (const connected of ['connection', 'secureConnection']) {
      events.on(connected, (socket: Socket) => {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
      });
    }
    events.on('session', (session: ServerHttp2Session) => this.#add(session));
  }

  /** Refuses new calls. Settles when the calls under way, and so all connections, have ended. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const session of this.#sessions) session.close();
    if (this.#sessions.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    // Sockets whose TLS handshake may not be finished: they have no session to close.
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends all connections at once. Their calls are cancelled. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  /**
   * Asks each connection whether it is alive. A connection that does not answer before `endSilent` is dead. Either the client is gone and
   * has not closed the connection, or Node's HTTP/2 has stopped reading because it cannot decode a header. Node reports neither. In the
   * second case Node does not even report that the client has closed the connection.
   */
  ping(): void {
    for (const session of this.#sessions) {
      // Node sends no ping on a connection that closes.
      if (session.closed || session.destroyed || this.#silent.has(session)) continue;
      this.#silent.add(session);
      session.ping((error) => error === null && this.#silent.delete(session));
    }
  }

  /**
   * Ends the connections that have not answered. Their calls are cancelled. During {@link close}, this also ends connections that have sent
   * everything and only wait until the client closes.
   */
  endSilent(): void {
    for (const session of this.#silent) session.destroy();
    if (!this.#closing) return;
    for (const socket of this.#sockets) if (socket.writableFinished) socket.destroy();
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
