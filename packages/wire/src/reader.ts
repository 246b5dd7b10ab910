import { RecordError } from './record-error.js';

/** How deep unknown groups may be nested. protobuf's own readers have the same limit. */
const MAX_DEPTH = 100;

const wireType = { varint: 0, fixed64: 1, lengthDelimited: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/**
 * Reads the fields of a protobuf message, and never beyond its end. It is stricter than protobufjs's reader, which accepts a
 * string that extends beyond its message, and loses its position in a number of six to nine bytes.
 *
 * The only error that its methods throw is {@link RecordError} (`malformed`).
 */
export class Reader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #position: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#position >= this.#end;
  }

  /** The tag of the next field: its number and wire type. */
  tag(): number {
    const tag = this.uint32();
    if (tag >>> 3 === 0) throw broken('a field with number 0');
    return tag;
  }

  uint32(): number {
    const value = this.#varint();
    if (value > 0xffff_ffff) throw broken('a number of more than 32 bits');
    return value;
  }

  /** Reads a number up to 2^64 - 1. A number above 2^53 is rounded. */
  uint64(): number {
    return this.#varint();
  }

  bool(): boolean {
    return this.#varint() !== 0;
  }

  /** Reads the next length-delimited value. The result is a view of the bytes, not a copy. */
  data(): Buffer {
    const start = this.#skipData();
    return this.#bytes.subarray(start, this.#position);
  }

  /** Reads a string. Bytes that are not UTF-8 become U+FFFD. */
  text(): string {
    const start = this.#skipData();
    return this.#bytes.toString('utf8', start, this.#position);
  }

  /**
   * Reads the next length-delimited value as a string, one latin1 character for each byte.
   *
   * @param likely an expected value. If the value is equal, this string is returned: comparing is faster than making another string, and
   *   a look-up by the same string is faster too.
   */
  latin1(likely = ''): string {
    const start = this.#skipData();
    return this.#is(likely, start) ? likely : this.#bytes.toString('latin1', start, this.#position);
  }

  #is(text: string, start: number): boolean {
    if (text.length !== this.#position - start) return false;
    for (let index = 0; index < text.length; index++) {
      if (this.#bytes[start + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Makes a reader of the next nested message, and moves this reader to the end of that message. */
  nested(): Reader {
    const start = this.#skipData();
    return new Reader(this.#bytes, start, this.#position);
  }

  /** A view of the encoded value of the field whose tag was read last. For a string, bytes or a message it has only the contents. */
  raw(tag: number): Buffer {
    if ((tag & 7) === wireType.lengthDelimited) return this.data();
    const start = this.#position;
    this.skip(tag);
    return this.#bytes.subarray(start, this.#position);
  }

  /** Skips the value of the field whose tag was read last. */
  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case wireType.varint:
        this.#varint();
        break;
      case wireType.fixed64:
        this.#advance(8);
        break;
      case wireType.lengthDelimited:
        this.#skipData();
        break;
      case wireType.startGroup:
        this.#skipGroup(tag >>> 3, depth + 1);
        break;
      case wireType.fixed32:
        this.#advance(4);
        break;
      default:
        throw broken(`a field of unknown wire type ${tag & 7}`);
    }
  }

  #skipGroup(field: number, depth: number): void {
    if (depth > MAX_DEPTH) throw broken(`groups nested more than ${MAX_DEPTH} deep`);
    let tag = this.tag();
    for (; (tag & 7) !== wireType.endGroup; tag = this.tag()) this.skip(tag, depth);
    if (tag >>> 3 !== field) throw broken(`a group ${field} that ends as group ${tag >>> 3}`);
  }

  /** Moves to the end of the next length-delimited value. @returns the position at which its data begins. */
  #skipData(): number {
    const length = this.uint32();
    const start = this.#position;
    this.#advance(length);
    return start;
  }

  #advance(length: number): void {
    if (length > this.#end - this.#position) throw broken('a field that extends beyond its message');
    this.#position += length;
  }

  #varint(): number {
    const first = this.#bytes[this.#position] as number;
    if (first < 0x80 && this.#position < this.#end) {
      this.#position++;
      return first;
    }
    let value = 0;
    for (let index = 0, scale = 1; index < 10; index++, scale *= 128) {
      if (this.#position >= this.#end) throw broken('a number that extends beyond its message');
      const byte = this.#bytes[this.#position++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (index === 9 && byte > 1) break;
        return value;
      }
    }
    throw broken('a number of more than 64 bits');
  }
}

function broken(what: string): RecordError {
  return new RecordError('malformed', `it has ${what}`);
}
