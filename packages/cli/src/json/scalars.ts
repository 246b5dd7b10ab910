import { JsonError } from './json-error.js';

const ranges: Readonly<Record<string, readonly [min: bigint, max: bigint]>> = {
  TYPE_INT32: [-(2n ** 31n), 2n ** 31n - 1n],
  TYPE_UINT32: [0n, 2n ** 32n - 1n],
  TYPE_INT64: [-(2n ** 63n), 2n ** 63n - 1n],
  TYPE_UINT64: [0n, 2n ** 64n - 1n],
};

/** The kinds of integers that differ only in how they are encoded. */
function integerKind(kind: string): string {
  if (/^TYPE_S(INT|FIXED)/.test(kind)) return kind.replace(/^TYPE_S(INT|FIXED)/, 'TYPE_INT');
  return kind.replace('TYPE_FIXED', 'TYPE_UINT');
}

/**
 * A scalar from JSON, as protobufjs takes it: 64-bit integers are decimal strings, bytes a Buffer. protobufjs itself
 * would make something of everything (0 of "a lot", true of "false"), so what it is given is checked here.
 *
 * @throws JsonError
 */
export function scalarFromJson(kind: string, value: unknown, path: string): unknown {
  switch (kind) {
    case 'TYPE_STRING':
      if (typeof value !== 'string') throw new JsonError(path, 'a string', value);
      return value;
    case 'TYPE_BOOL':
      if (typeof value !== 'boolean') throw new JsonError(path, 'true or false', value);
      return value;
    case 'TYPE_BYTES':
      return bytesFromJson(value, path);
    case 'TYPE_FLOAT':
    case 'TYPE_DOUBLE':
      return floatFromJson(value, path);
    default:
      return integerFromJson(integerKind(kind), value, path);
  }
}

function bytesFromJson(value: unknown, path: string): Buffer {
  if (typeof value !== 'string' || !/^[\w+/-]*={0,2}$/.test(value)) throw new JsonError(path, 'base64', value);
  // Node takes both alphabets, with or without padding.
  return Buffer.from(value, 'base64');
}

function floatFromJson(value: unknown, path: string): number {
  const special = value === 'NaN' || value === 'Infinity' || value === '-Infinity';
  const numeric = typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value);
  if (typeof value !== 'number' && !special && !numeric) throw new JsonError(path, 'a number', value);
  return Number(value);
}

function integerFromJson(kind: string, value: unknown, path: string): number | string {
  const [min, max] = ranges[kind] ?? [0n, 0n];
  const written = typeof value === 'string' && /^-?\d+$/.test(value);
  // A number beyond 2^53 has lost digits already when JSON.parse is done with it.
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new JsonError(path, 'in quotes, as a string of digits: JSON numbers are exact up to 2^53', value);
  }
  if (!written && !(typeof value === 'number' && Number.isSafeInteger(value))) {
    throw new JsonError(path, 'a whole number', value);
  }
  const integer = BigInt(value);
  if (integer < min || integer > max) throw new JsonError(path, `from ${min} to ${max}`, value);
  return kind.endsWith('64') ? integer.toString() : Number(integer);
}

/** The value of a scalar that is absent, as proto-loader gives it with `longs: String`. */
export function defaultOf(kind: string): unknown {
  if (kind === 'TYPE_BOOL') return false;
  if (kind === 'TYPE_STRING' || kind === 'TYPE_BYTES') return '';
  return kind.endsWith('64') ? '0' : 0;
}

/**
 * A map's key from JSON, where every key is a string.
 *
 * @throws JsonError
 */
export function mapKeyFromJson(kind: string, key: string, path: string): string {
  if (kind === 'TYPE_STRING') return key;
  if (kind === 'TYPE_BOOL') {
    if (key !== 'true' && key !== 'false') throw new JsonError(path, 'true or false', key);
    // protobufjs encodes any key but the empty one as true.
    return key === 'true' ? key : '';
  }
  return String(scalarFromJson(kind, key, path));
}

/** A map's key as JSON has it: protobufjs gives 64-bit ones as eight characters, a byte each, the lowest first. */
export function mapKeyToJson(kind: string, key: string): string {
  if (!kind.endsWith('64')) return key;
  const bits = Buffer.from(key, 'latin1');
  if (bits.length !== 8) return key;
  return String(integerKind(kind) === 'TYPE_INT64' ? bits.readBigInt64LE() : bits.readBigUInt64LE());
}
