/**
 * Writes the fields of a protobuf message one after another into one buffer. protobufjs's writer first makes one or two objects for
 * each field and keeps them until the record is finished. With hundreds of frames in a record, these objects cost much garbage collection.
 */
export class Writer {
  #bytes: Buffer;
  #position = 0;
  /** The start positions of the messages that are not finished yet, the outermost first. */
  readonly #starts: number[] = [];

  /** @param size how many bytes are expected. The buffer grows if more are written. */
  constructor(size = 256) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  /** Writes a tag, or a whole number up to 2^32 - 1. */
  uint32(value: number): this {
    this.#reserve(5);
    this.#position = putVarint(this.#bytes, this.#position, value >>> 0);
    return this;
  }

  /** Writes a whole number up to 2^53 - 1. */
  uint64(value: number): this {
    this.#reserve(8);
    this.#position = putVarint(this.#bytes, this.#position, value);
    return this;
  }

  bool(value: boolean): this {
    return this.uint32(value ? 1 : 0);
  }

  bytes(value: Uint8Array): this {
    this.uint32(value.length).#reserve(value.length);
    this.#bytes.set(value, this.#position);
    this.#position += value.length;
    return this;
  }

  /** Writes text in UTF-8. Half a surrogate pair becomes U+FFFD, because readers in other languages would refuse the whole record. */
  string(text: string): this {
    if (text.length < 0x80 && (text.length < 0x30 ? this.#ascii(text) : this.#medium(text))) return this;
    const length = Buffer.byteLength(text);
    this.uint32(length).#reserve(length);
    this.#position += this.#bytes.write(text, this.#position);
    return this;
  }

  /** Writes short text, for which `Buffer.write` takes longer. Returns false and writes nothing if the text is not ASCII. */
  #ascii(text: string): boolean {
    this.#reserve(text.length + 1);
    let at = this.#position;
    this.#bytes[at++] = text.length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#bytes[at++] = code;
    }
    this.#position = at;
    return true;
  }

  /** Writes longer text. Returns false and writes nothing if its length takes more than one byte. */
  #medium(text: string): boolean {
    this.#reserve(text.length * 3 + 1);
    const length = this.#bytes.write(text, this.#position + 1);
    if (length > 0x7f) return false;
    this.#bytes[this.#position] = length;
    this.#position += length + 1;
    return true;
  }

  /** Writes a few bytes that are kept as a string, one latin1 character for each byte. */
  latin1(text: string): this {
    this.uint32(text.length).#reserve(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[this.#position++] = text.charCodeAt(index);
    return this;
  }

  /** Begins a nested message. */
  fork(): this {
    this.#reserve(1);
    this.#starts.push(this.#position++);
    return this;
  }

  /** Ends the message that {@link fork} began. */
  ldelim(): this {
    const start = this.#starts.pop() as number;
    const length = this.#position - start - 1;
    if (length >= 0x80) {
      const more = varintSize(length) - 1;
      this.#reserve(more);
      this.#bytes.copyWithin(start + 1 + more, start + 1, this.#position);
      this.#position += more;
    }
    putVarint(this.#bytes, start, length);
    return this;
  }

  /** The bytes that were written. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#position);
  }

  #reserve(size: number): void {
    const needed = this.#position + size;
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(bytes, 0, 0, this.#position);
    this.#bytes = bytes;
  }
}

/** Writes a varint. @returns the position after it. */
function putVarint(bytes: Buffer, position: number, value: number): number {
  let at = position;
  let rest = value;
  // Bit shifts work on 32 bits only, so larger numbers need a division.
  for (; rest > 0xffff_ffff; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80;
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) size++;
  return size;
}
