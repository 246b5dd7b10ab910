const LOW_HALF = 0xffff_ffffn;
const FIRST_SIZE = 1024;
/** The largest buffer that is kept for the next message. */
const KEPT_SIZE = 1 << 20;
/** Strings with fewer characters have at most 126 bytes, so their length takes one byte. */
const SHORT = 42;

/** The buffer of the last finished writer, for the next writer. A writer takes it away, so two writers never share it. */
let spare: Buffer | undefined;

/**
 * Writes the fields of a message one after another into one buffer. protobufjs's writer first makes a list of its operations, to know the length
 * of a nested message before writing it. This writer reserves one byte for the length, and moves the message if it has more than 127 bytes.
 *
 * @internal For generated code.
 */
export class Writer {
  #buffer: Buffer;
  #size: number;
  #at = 0;
  /** The start positions of the nested messages that are not finished yet. */
  readonly #starts: number[] = [];

  constructor() {
    this.#buffer = spare ?? Buffer.allocUnsafeSlow(FIRST_SIZE);
    this.#size = this.#buffer.length;
    spare = undefined;
  }

  /** Returns a copy of the written bytes. The writer must not be used again. */
  finish(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#at);
    this.#buffer.copy(bytes, 0, 0, this.#at);
    if (this.#size <= KEPT_SIZE) spare = this.#buffer;
    return bytes;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#size) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#size * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
    this.#size = larger.length;
  }

  /** Begins a nested message after its tag. {@link ldelim} ends it. */
  fork(): this {
    this.#room(1);
    this.#starts.push(this.#at++);
    return this;
  }

  /** Ends the innermost message that {@link fork} began, and writes its length before it. */
  ldelim(): this {
    const start = this.#starts.pop() as number;
    const length = this.#at - start - 1;
    if (length < 0x80) {
      this.#buffer[start] = length;
      return this;
    }
    const more = length < 0x4000 ? 1 : length < 0x20_0000 ? 2 : length < 0x1000_0000 ? 3 : 4;
    this.#room(more);
    this.#buffer.copyWithin(start + 1 + more, start + 1, this.#at);
    const end = this.#at + more;
    this.#at = start;
    this.uint32(length);
    this.#at = end;
    return this;
  }

  uint32(value: number): this {
    this.#room(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#at++] = rest;
    return this;
  }

  /** A negative number is written with 64 bits, in ten bytes, as protobuf requires. */
  int32(value: number): this {
    return value < 0 ? this.#halves(value | 0, -1) : this.uint32(value);
  }

  sint32(value: number): this {
    return this.uint32((value << 1) ^ (value >> 31));
  }

  bool(value: boolean): this {
    this.#room(1);
    this.#buffer[this.#at++] = value ? 1 : 0;
    return this;
  }

  fixed32(value: number): this {
    this.#room(4);
    this.#at = this.#buffer.writeInt32LE(value | 0, this.#at);
    return this;
  }

  sfixed32(value: number): this {
    return this.fixed32(value);
  }

  float(value: number): this {
    this.#room(4);
    this.#at = this.#buffer.writeFloatLE(value, this.#at);
    return this;
  }

  double(value: number): this {
    this.#room(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
    return this;
  }

  uint64(value: bigint): this {
    if (value >= 0n && value <= LOW_HALF) return this.uint32(Number(value));
    return this.#halves(Number(value & LOW_HALF), Number((value >> 32n) & LOW_HALF));
  }

  int64(value: bigint): this {
    return this.uint64(value);
  }

  sint64(value: bigint): this {
    return this.uint64(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  }

  fixed64(value: bigint): this {
    return this.fixed32(Number(value & LOW_HALF)).fixed32(Number((value >> 32n) & LOW_HALF));
  }

  sfixed64(value: bigint): this {
    return this.fixed64(value);
  }

  /** Writes a varint of 64 bits, given as two halves. */
  #halves(low: number, high: number): this {
    this.#room(10);
    let lower = low >>> 0;
    let upper = high >>> 0;
    while (upper > 0) {
      this.#buffer[this.#at++] = (lower & 0x7f) | 0x80;
      lower = ((lower >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    return this.uint32(lower);
  }

  bytes(value: Uint8Array): this {
    this.uint32(value.length);
    this.#room(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  string(value: string): this {
    const { length } = value;
    if (length < SHORT) return this.#shortString(value);
    const bytes = Buffer.byteLength(value);
    this.uint32(bytes);
    this.#room(bytes);
    this.#at += this.#buffer.write(value, this.#at, bytes, 'utf8');
    return this;
  }

  /** Writes a short string. JavaScript does this faster than a call to native code. */
  #shortString(value: string): this {
    const { length } = value;
    this.#room(SHORT * 3);
    const buffer = this.#buffer;
    const start = this.#at + 1;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        const bytes = buffer.write(value, start, 'utf8');
        buffer[this.#at] = bytes;
        this.#at = start + bytes;
        return this;
      }
      buffer[start + index] = code;
    }
    buffer[this.#at] = length;
    this.#at = start + length;
    return this;
  }
}
