import type { Reader, Writer } from 'protobufjs';

// What generated code calls for fields that take more than one call of protobufjs's reader or writer. 64-bit integers are
// read and written as two halves: protobufjs itself would give objects of another package, or lose digits without it.

/** The two halves of a 64-bit integer, as protobufjs takes it. */
interface Halves {
  low: number;
  high: number;
}

const LOW_HALF = 0xffff_ffffn;
const TWO_32 = 2 ** 32;

/** A value of a varint of up to ten bytes. Used one after another, by one call at a time. */
const read: Halves = { low: 0, high: 0 };

function readVarint(reader: Reader): void {
  const { buf } = reader;
  let pos = reader.pos;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (pos >= reader.len) throw new RangeError('the message ends within a number');
    const byte = buf[pos++] as number;
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) {
      reader.pos = pos;
      read.low = low >>> 0;
      read.high = high >>> 0;
      return;
    }
  }
  throw new RangeError('a number is longer than ten bytes');
}

function unsigned(low: number, high: number): bigint {
  if (high < 0x20_0000) return BigInt(high * TWO_32 + low);
  return (BigInt(high) << 32n) | BigInt(low);
}

function signed(low: number, high: number): bigint {
  return high < 0x8000_0000 ? unsigned(low, high) : BigInt.asIntN(64, unsigned(low, high));
}

export function readUint64(reader: Reader): bigint {
  readVarint(reader);
  return unsigned(read.low, read.high);
}

export function readInt64(reader: Reader): bigint {
  readVarint(reader);
  return signed(read.low, read.high);
}

export function readSint64(reader: Reader): bigint {
  readVarint(reader);
  const { low, high } = read;
  const sign = -(low & 1);
  return signed((((low >>> 1) | (high << 31)) ^ sign) >>> 0, ((high >>> 1) ^ sign) >>> 0);
}

export function readFixed64(reader: Reader): bigint {
  const low = reader.fixed32();
  return unsigned(low, reader.fixed32());
}

export function readSfixed64(reader: Reader): bigint {
  const low = reader.fixed32();
  return signed(low, reader.fixed32());
}

/** protobufjs splits numbers by itself, and takes any object with two halves for its Long. */
function halves(value: bigint): number {
  if (value >= 0n && value <= 0x1f_ffff_ffff_ffffn) return Number(value);
  const pair: Halves = { low: Number(value & LOW_HALF), high: Number((value >> 32n) & LOW_HALF) };
  return pair as unknown as number;
}

export function writeUint64(writer: Writer, value: bigint): Writer {
  return writer.uint64(halves(value));
}

export function writeInt64(writer: Writer, value: bigint): Writer {
  return writer.int64(halves(value));
}

export function writeSint64(writer: Writer, value: bigint): Writer {
  return writer.uint64(halves(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))));
}

export function writeFixed64(writer: Writer, value: bigint): Writer {
  return writer.fixed32(Number(value & LOW_HALF)).fixed32(Number((value >> 32n) & LOW_HALF));
}

export function writeSfixed64(writer: Writer, value: bigint): Writer {
  return writeFixed64(writer, value);
}

/** protobufjs itself takes a string that is cut off by the end of what there is. */
export function readString(reader: Reader): string {
  const end = endOf(reader, reader.len);
  const start = reader.pos;
  reader.pos = end;
  return start === end ? '' : (reader.buf as Buffer).toString('utf8', start, end);
}

/** Passes over a field that is not known, or that has another wire type than it should. */
export function skip(reader: Reader, tag: number): void {
  if (tag >>> 3 === 0) throw new Error('there is no field 0');
  reader.skipType(tag & 7);
}

/** Where a message or a list ends that begins here with its length, within one that ends at `outer`. */
export function endOf(reader: Reader, outer: number): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > outer) throw new RangeError('a field ends behind its message');
  return end;
}

/** Checks that a message was read up to its end, and not beyond. */
export function ended(reader: Reader, end: number): void {
  if (reader.pos !== end) throw new RangeError('a field ends behind its message');
}

/** Sets an entry of a map, whatever its key is. */
export function setEntry<V>(map: Record<string, V>, key: string | number, value: V): void {
  if (key === '__proto__') {
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  } else map[key] = value;
}

/** A map's copy, with what `copy` makes of each value. */
export function copyMap<A, B>(
  map: Readonly<Record<string, A | undefined>> | undefined,
  copy: (value: A) => B,
): Record<string, B> {
  const copied: Record<string, B> = {};
  if (map !== undefined) {
    for (const [key, value] of Object.entries(map)) if (value !== undefined) setEntry(copied, key, copy(value));
  }
  return copied;
}

/** @throws RangeError for an integer that a number would not hold exactly. */
export function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is more than a number can hold exactly`);
  return number;
}
