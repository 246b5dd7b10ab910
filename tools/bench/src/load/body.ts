/** What is sent, again and again. No two calls have the same body, so that an answer to another call is seen. */
export class Body {
  readonly bytes: Buffer;
  #uses = 0;

  /** @param number of the caller; the first four bytes tell it, and so the call, as a caller has one at a time. */
  constructor(number: number, length: number) {
    // From Node's pool, so that bodies lie together: thousands of them are on their way.
    this.bytes = Buffer.allocUnsafe(length).fill('wherry ');
    this.bytes.writeUInt32LE(number, 0);
  }

  next(): Buffer {
    this.bytes.writeUInt32LE(this.#uses++, 4);
    return this.bytes;
  }

  /** What is wrong with an answer; null where it is right. */
  wrong(reply: Buffer | undefined): Error | null {
    if (reply?.equals(this.bytes)) return null;
    return new Error(`wrong answer: sent ${show(this.bytes)}, got ${reply === undefined ? 'nothing' : show(reply)}`);
  }
}

function show(bytes: Buffer): string {
  return `${bytes.length} bytes ${bytes.subarray(0, 100).toString('hex')}`;
}
