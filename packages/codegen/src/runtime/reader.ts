const TWO_32 = 2 ** 32;
/** Up to this many bytes of ASCII, JavaScript makes a string faster than a call to native code. */
const SHORT = 12;
/** How deep groups may be nested. Groups belong to proto2 and are only skipped. Deeper nesting is an attack. */
const MAX_GROUP_DEPTH = 100;

/** Buffer's internal method behind `toString('utf8')`. Calling it directly is faster. */
interface Utf8Buffer {
  utf8Slice?(start: number, end: number): string;
  toString(encoding: 'utf8', start: number, end: number): string;
}

/**
 * Reads the fields of a message one after another, and never beyond its end. It throws a RangeError for a truncated or malformed message.
 *
 * @internal For generated code.
 */
export class Reader {
  readonly #bytes: Buffer;
  #view: DataView | undefined;
  /** The number of bytes. */
  readonly length: number;
  /** The position of the next byte to read. */
  pos = 0;
  /** The upper half of the varint that was read last. */
  #high = 0;

  /** @param bytes the encoded message. Bytes fields become views of it. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.length = bytes.length;
  }

  /** A view for numbers of a fixed length. It is made only when needed, because few messages have such numbers. */
  get #numbers(): DataView {
    const { buffer, byteOffset } = this.#bytes;
    this.#view ??= new DataView(buffer, byteOffset, this.length);
    return this.#view;
  }

  /** Reads a varint. Of a longer varint it returns the lower 32 bits, as protobuf requires. */
  uint32(): number {
    const bytes = this.#bytes;
    if (this.pos < this.length) {
      const byte = bytes[this.pos] as number;
      if (byte < 0x80) {
        this.pos++;
        return byte;
      }
    }
    return this.#varint();
  }

  /** Reads a varint of up to 64 bits. Returns the lower 32 bits and keeps the upper 32 bits in `#high`. */
  #varint(): number {
    const bytes = this.#bytes;
    const { length } = this;
    let at = this.pos;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= length) throw new RangeError('the message ends within a number');
      const byte = bytes[at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.pos = at;
        this.#high = high >>> 0;
        return low >>> 0;
      }
    }
    throw new RangeError('a number is longer than ten bytes');
  }

  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  bool(): boolean {
    const low = this.#varint();
    return low !== 0 || this.#high !== 0;
  }

  uint64(): bigint {
    return unsigned(this.#varint(), this.#high);
  }

  int64(): bigint {
    return signed(this.#varint(), this.#high);
  }

  sint64(): bigint {
    const low = this.#varint();
    const high = this.#high;
    const sign = -(low & 1);
    return signed((((low >>> 1) | (high << 31)) ^ sign) >>> 0, ((high >>> 1) ^ sign) >>> 0);
  }

  fixed32(): number {
    return this.#numbers.getUint32(this.#pass(4), true);
  }

  sfixed32(): number {
    return this.#numbers.getInt32(this.#pass(4), true);
  }

  fixed64(): bigint {
    return this.#numbers.getBigUint64(this.#pass(8), true);
  }

  sfixed64(): bigint {
    return this.#numbers.getBigInt64(this.#pass(8), true);
  }

  float(): number {
    return this.#numbers.getFloat32(this.#pass(4), true);
  }

  double(): number {
    return this.#numbers.getFloat64(this.#pass(8), true);
  }

  bytes(): Uint8Array {
    const start = this.#pass(this.uint32());
    return this.#bytes.subarray(start, this.pos);
  }

  string(): string {
    const length = this.uint32();
    const start = this.#pass(length);
    const end = this.pos;
    if (length === 0) return '';
    const short = length <= SHORT ? this.#ascii(start, end) : undefined;
    if (short !== undefined) return short;
    const buffer: Utf8Buffer = this.#bytes;
    return buffer.utf8Slice?.(start, end) ?? buffer.toString('utf8', start, end);
  }

  #ascii(start: number, end: number): string | undefined {
    const codes = new Array<number>(end - start);
    for (let at = start; at < end; at++) {
      const code = this.#bytes[at] as number;
      if (code > 0x7f) return undefined;
      codes[at - start] = code;
    }
    return String.fromCharCode.apply(String, codes);
  }

  /** Skips `bytes` bytes, and returns the position at which they begin. */
  #pass(bytes: number): number {
    const start = this.pos;
    if (start + bytes > this.length) throw new RangeError('the message ends within a field');
    this.pos = start + bytes;
    return start;
  }

  /** Reads the length of a nested message or list, and returns the position of its end. It must end within the outer message, at `outer`. */
  endOf(outer: number): number {
    const length = this.uint32();
    const end = this.pos + length;
    if (end > outer) throw new RangeError('a field extends beyond its message');
    return end;
  }

  /** Checks that reading has stopped exactly at the end of a message. */
  ended(end: number): void {
    if (this.pos !== end) throw new RangeError('a field extends beyond its message');
  }

  /** Skips a field that is unknown, or that has another wire type than expected. */
  skip(tag: number, depth = 0): void {
    if (tag >>> 3 === 0) throw new RangeError('a field has the number 0');
    switch (tag & 7) {
      case 0:
        this.#varint();
        return;
      case 1:
        this.#pass(8);
        return;
      case 2:
        this.#pass(this.uint32());
        return;
      case 3:
        this.#skipGroup(tag, depth);
        return;
      case 5:
        this.#pass(4);
        return;
      default:
        throw new RangeError(`field ${tag >>> 3} has the wire type ${tag & 7}, which does not exist`);
    }
  }

  #skipGroup(start: number, depth: number): void {
    if (depth === MAX_GROUP_DEPTH) throw new RangeError('groups are nested too deep');
    const end = start + 1;
    for (let tag = this.uint32(); tag !== end; tag = this.uint32()) this.skip(tag, depth + 1);
  }
}

function unsigned(low: number, high: number): bigint {
  if (high < 0x20_0000) return BigInt(high * TWO_32 + low);
  return (BigInt(high) << 32n) | BigInt(low);
}

function signed(low: number, high: number): bigint {
  return high < 0x8000_0000 ? unsigned(low, high) : BigInt.asIntN(64, unsigned(low, high));
}
