/** What stands before each message in gRPC's body: a flag that says whether it is compressed, and its length. */
export const PREFIX_BYTES = 5;

/**
 * Each part costs about a hundred bytes beside its own, so as many are joined to one. Only such are that were not joined
 * before: however small the parts of a message are, each byte is copied once more.
 */
const LOOSE_PARTS = 1024;

/** A message as it came: `compressed` as the `grpc-encoding` of its call says. */
export interface ReceivedMessage {
  readonly bytes: Buffer;
  readonly compressed: boolean;
}

/** A message is longer than allowed. It is known by its length, before it is there. */
export class MessageTooLarge extends Error {}

/** Puts together the messages of a gRPC body (length-prefixed, gRPC over HTTP/2) from the parts it comes in. */
export class MessageReader {
  readonly #maxLength: number;
  /** What has come of the message that is not whole yet. */
  #parts: Buffer[] = [];
  #length = 0;
  /** How many of the last parts are as they came. */
  #loose = 0;

  /** @param maxLength bytes; below 0 there is no limit. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Whether a message has begun to come and is not whole. */
  get partial(): boolean {
    return this.#length > 0;
  }

  /**
   * The messages that are whole with this part. They are copies, as a part shares its memory with those of other calls.
   *
   * @throws MessageTooLarge
   */
  read(part: Buffer): ReceivedMessage[] {
    this.#add(part);
    const messages: ReceivedMessage[] = [];
    for (;;) {
      const end = this.#endOfMessage();
      if (end === undefined || this.#length < end) return messages;
      const [first = part] = this.#parts;
      const own = this.#parts.length > 1;
      const body = own ? Buffer.concat(this.#parts, this.#length) : first;
      const bytes = body.subarray(PREFIX_BYTES, end);
      const alone = own && end === body.length;
      messages.push({ bytes: alone ? bytes : Buffer.from(bytes), compressed: body[0] === 1 });
      this.#setParts(end === body.length ? [] : [body.subarray(end)]);
      this.#length = body.length - end;
    }
  }

  #add(part: Buffer): void {
    this.#parts.push(part);
    this.#length += part.length;
    this.#loose++;
    if (this.#loose < LOOSE_PARTS) return;
    this.#parts.push(Buffer.concat(this.#parts.splice(-LOOSE_PARTS)));
    this.#loose = 0;
  }

  #setParts(parts: Buffer[]): void {
    this.#parts = parts;
    this.#loose = 0;
  }

  /** Where the message that comes ends, as far as is known. */
  #endOfMessage(): number | undefined {
    if (this.#length < PREFIX_BYTES) return undefined;
    let [first] = this.#parts;
    if (first === undefined) return undefined;
    if (first.length < PREFIX_BYTES) {
      first = Buffer.concat(this.#parts, this.#length);
      this.#setParts([first]);
    }
    const length = first.readUInt32BE(1);
    if (this.#maxLength >= 0 && length > this.#maxLength) {
      throw new MessageTooLarge(`Received message larger than max (${length} vs ${this.#maxLength})`);
    }
    return PREFIX_BYTES + length;
  }
}
