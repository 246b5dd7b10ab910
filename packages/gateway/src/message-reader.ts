/** The length of the prefix of each message in gRPC's body: a flag for compression, and the message's length. */
export const PREFIX_BYTES = 5;

/**
 * Each time that this many parts of a message have come, they are joined to one part, because each part takes about a hundred bytes of
 * memory besides its own bytes. A joined part is not joined again. So this copies each byte only once, however small the parts are.
 */
const LOOSE_PARTS = 1024;

/** A received message. If it is `compressed`, the `grpc-encoding` of its call names the compression. */
export interface ReceivedMessage {
  readonly bytes: Buffer;
  readonly compressed: boolean;
}

/** A message is longer than allowed. The reader knows that from the prefix, before the rest of the message comes. */
export class MessageTooLarge extends Error {}

/** A message's first byte is none of gRPC's flags. */
export class UnknownFlag extends Error {}

/** Splits the body of a gRPC call over HTTP/2 into its length-prefixed messages. The parts of the body need not end where a message ends. */
export class MessageReader {
  readonly #maxLength: number;
  /** The parts of the message that is not whole yet. */
  #parts: Buffer[] = [];
  #length = 0;
  /** The number of parts, at the end, that were not joined. */
  #loose = 0;

  /** @param maxLength of a message, in bytes; if it is below 0, any length is allowed. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** How many bytes have come of a message that is not whole yet. */
  get partialBytes(): number {
    return this.#length;
  }

  /**
   * Takes the next part and returns the messages that are complete with it. They are copies, because parts of several calls share memory.
   *
   * @throws MessageTooLarge, UnknownFlag
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

  /** The length of the next message with its prefix; undefined if the prefix has not come yet. */
  #endOfMessage(): number | undefined {
    if (this.#length < PREFIX_BYTES) return undefined;
    let [first] = this.#parts;
    if (first === undefined) return undefined;
    if (first.length < PREFIX_BYTES) {
      first = Buffer.concat(this.#parts, this.#length);
      this.#setParts([first]);
    }
    const flag = first.readUInt8(0);
    if (flag > 1) throw new UnknownFlag(`Received message with the flag ${flag}, which gRPC does not have`);
    const length = first.readUInt32BE(1);
    if (this.#maxLength >= 0 && length > this.#maxLength) {
      throw new MessageTooLarge(`Received message larger than max (${length} vs ${this.#maxLength})`);
    }
    return PREFIX_BYTES + length;
  }
}
