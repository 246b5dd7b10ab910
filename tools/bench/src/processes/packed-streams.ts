import type { EchoStream, OpenStream } from '../load/load.js';

/**
 * Streams by hand over two hops: the messages of a turn of the event loop leave in one record, as a channel's do, and there is
 * nothing else in it. All have the same length, and the first four bytes of each are those of one message at a time.
 */
export class PackedStreams {
  readonly #produce: (value: Buffer) => void;
  /** Who waits for a message, by its first four bytes. */
  readonly #waiting = new Map<number, (body: Buffer) => void>();
  #gathered: Buffer[] = [];
  #length = 0;

  /** @param produce sends one record. */
  constructor(produce: (value: Buffer) => void) {
    this.#produce = produce;
  }

  readonly open: OpenStream = (onEcho, onEnd): EchoStream => ({
    send: (body) => {
      this.#waiting.set(body.readUInt32LE(0), onEcho);
      this.#length = body.length;
      if (this.#gathered.push(body) === 1) setImmediate(() => this.#flush());
    },
    end: () => setImmediate(() => onEnd(null)),
  });

  /** A record came back. */
  receive(value: Buffer): void {
    for (let start = 0; start < value.length; start += this.#length) {
      this.#waiting.get(value.readUInt32LE(start))?.(value.subarray(start, start + this.#length));
    }
  }

  #flush(): void {
    const gathered = this.#gathered;
    this.#gathered = [];
    for (let at = 0; at < gathered.length; at += MAX_MESSAGES) {
      this.#produce(Buffer.concat(gathered.slice(at, at + MAX_MESSAGES)));
    }
  }
}

/** Some 64 KiB of messages of 98 bytes, which is what a record of Wherry's has. */
const MAX_MESSAGES = 655;
