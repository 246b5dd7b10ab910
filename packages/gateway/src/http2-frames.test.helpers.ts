import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

// Writes HTTP/2 frame by frame. So a test can send bytes that no client sends, and send them in one TCP segment.

const type = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, continuation: 9 } as const;
const flag = { ack: 1, endStream: 1, endHeaders: 4 } as const;
const FRAME_HEAD_BYTES = 9;
const MAX_FRAME_BYTES = 16_384;
/** The stream of a request's frames, unless the test names another. */
const STREAM = 1;

function frame(kind: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(kind, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The bytes with which every connection begins. */
export const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(type.settings, 0, 0, Buffer.alloc(0)),
]);

/** The beginning of a request to `path` that has a body. Headers that do not fit one frame take several. */
export function requestHeaders(path: string, headers: Readonly<Record<string, string>> = {}, stream = STREAM): Buffer {
  const all = { ':method': 'POST', ':scheme': 'http', ':path': path, ':authority': 'localhost', ...headers };
  const block = Buffer.concat(
    Object.entries(all).flatMap(([name, value]) => [Buffer.from([0]), hpackText(name), hpackText(value)]),
  );
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += MAX_FRAME_BYTES) {
    const last = at + MAX_FRAME_BYTES >= block.length;
    const kind = at === 0 ? type.headers : type.continuation;
    frames.push(frame(kind, last ? flag.endHeaders : 0, stream, block.subarray(at, at + MAX_FRAME_BYTES)));
  }
  return Buffer.concat(frames);
}

/** HPACK's literal without Huffman: a length of 7 bits, and more bytes of the length if it does not fit (RFC 7541, section 5.1). */
function hpackText(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

export function data(bytes: Uint8Array, { last = false } = {}): Buffer {
  return frame(type.data, last ? flag.endStream : 0, STREAM, Buffer.from(bytes));
}

/** @param code an error code of HTTP/2. */
export function reset(code: number): Buffer {
  return frame(type.reset, 0, STREAM, Buffer.from([0, 0, 0, code]));
}

/** A connection that sends the frames that a test gives it. */
export class FrameClient {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    // A server that ends a connection resets it, if the server has not read all of what came.
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      socket.emit('frames');
    });
  }

  static async connect(t: ExecutionContext, port: number): Promise<FrameClient> {
    const socket = connect(port, '127.0.0.1');
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    return new FrameClient(socket);
  }

  /** Sends frames in one segment, as far as TCP allows. The server has read all of them once this resolves. */
  async send(...frames: Buffer[]): Promise<void> {
    const pings = this.#acknowledgedPings();
    this.#socket.write(Buffer.concat([...frames, frame(type.ping, 0, 0, Buffer.alloc(8))]));
    await this.#until(() => this.#acknowledgedPings() > pings);
  }

  /** Waits until the server resets the stream. @returns the reset's code, and whether the server had ended its reply before. */
  async end(): Promise<{ ended: boolean; code: number }> {
    const isReset = ({ kind }: { kind: number }): boolean => kind === type.reset;
    await this.#until(() => this.#frames().some(isReset));
    const frames = this.#frames();
    const at = frames.findIndex(isReset);
    const ended = frames
      .slice(0, at)
      .some(({ kind, flags }) => kind === type.headers && (flags & flag.endStream) !== 0);
    return { ended, code: frames[at]?.payload.readUInt32BE(0) ?? -1 };
  }

  /** Sends these frames, and waits until the server gives up the connection. */
  async sendLast(...frames: Buffer[]): Promise<void> {
    this.#socket.write(Buffer.concat(frames));
    await this.#until(() => this.#frames().some(({ kind }) => kind === type.goAway));
  }

  /** Waits for a ping of the server's, and answers it. The server has read the answer once this resolves. */
  async answerPing(): Promise<void> {
    const isAsked = ({ kind, flags }: { kind: number; flags: number }): boolean =>
      kind === type.ping && (flags & flag.ack) === 0;
    await this.#until(() => this.#frames().some(isAsked));
    const ping = this.#frames().findLast(isAsked);
    await this.send(frame(type.ping, flag.ack, 0, ping?.payload ?? Buffer.alloc(8)));
  }

  /** Settles when the server has closed the connection. */
  async closed(): Promise<void> {
    if (!this.#socket.closed) await new Promise((resolve) => this.#socket.once('close', resolve));
  }

  async #until(there: () => boolean): Promise<void> {
    while (!there()) await once(this.#socket, 'frames');
  }

  #acknowledgedPings(): number {
    return this.#frames().filter(({ kind, flags }) => kind === type.ping && flags === flag.ack).length;
  }

  #frames(): { kind: number; flags: number; payload: Buffer }[] {
    const frames = [];
    const bytes = this.#received;
    for (let at = 0; at + FRAME_HEAD_BYTES <= bytes.length; ) {
      const end = at + FRAME_HEAD_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const payload = bytes.subarray(at + FRAME_HEAD_BYTES, end);
      frames.push({ kind: bytes.readUInt8(at + 3), flags: bytes.readUInt8(at + 4), payload });
      at = end;
    }
    return frames;
  }
}
