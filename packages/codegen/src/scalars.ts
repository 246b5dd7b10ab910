/** The TypeScript type of a 64-bit integer. */
export type Int64 = 'bigint' | 'string' | 'number';

/** Pieces of TypeScript for a scalar type. In them, `r` is the reader and `w` the writer. */
export interface Scalar {
  readonly type: string;
  readonly zero: string;
  readonly wireType: 0 | 1 | 2 | 5;
  readonly read: string;
  write(writer: string, value: string): string;
  /** An expression that is true if a value is not the default. Defaults are not written. */
  isSet(value: string): string;
}

const numbers: Readonly<Record<string, 0 | 1 | 5>> = {
  int32: 0,
  uint32: 0,
  sint32: 0,
  fixed32: 5,
  sfixed32: 5,
  float: 5,
  double: 1,
};

const longs: Readonly<Record<string, 0 | 1>> = { int64: 0, uint64: 0, sint64: 0, fixed64: 1, sfixed64: 1 };

/** The code for a scalar type of protobuf. Undefined if `type` is not a scalar type. */
export function scalar(type: string, int64: Int64): Scalar | undefined {
  if (type in longs) return long(type, int64);
  const write = (writer: string, value: string): string => `${writer}.${type}(${value})`;
  const read = `r.${type}()`;
  if (type in numbers) {
    // -0 is not the default, so it must be written. So must NaN.
    const float = type === 'float' || type === 'double';
    const isSet = (value: string): string => (float ? `${value} !== undefined && !Object.is(${value}, 0)` : value);
    return { type: 'number', zero: '0', wireType: numbers[type] as 0 | 1 | 5, read, write, isSet };
  }
  if (type === 'bool') return { type: 'boolean', zero: 'false', wireType: 0, read, write, isSet: (value) => value };
  if (type === 'string') return { type: 'string', zero: "''", wireType: 2, read, write, isSet: (value) => value };
  if (type === 'bytes') {
    const isSet = (value: string): string => `${value} !== undefined && ${value}.length > 0`;
    return { type: 'Uint8Array', zero: 'rt.noBytes', wireType: 2, read, write, isSet };
  }
  return undefined;
}

/** The code for an enum, which is a number. */
export function enumScalar(type: string): Scalar {
  return {
    type,
    zero: '0',
    wireType: 0,
    read: 'r.int32()',
    write: (writer, value) => `${writer}.int32(${value})`,
    isSet: (value) => value,
  };
}

function long(type: string, int64: Int64): Scalar {
  const write = (writer: string, value: string): string => `${writer}.${type}(${value})`;
  const read = `r.${type}()`;
  const wireType = longs[type] as 0 | 1;
  if (int64 === 'bigint') return { type: 'bigint', zero: '0n', wireType, read, write, isSet: (value) => value };
  const fromBigInt = { string: `String(${read})`, number: `rt.safeNumber(${read})` }[int64];
  return {
    type: int64,
    zero: int64 === 'string' ? "'0'" : '0',
    wireType,
    read: fromBigInt,
    write: (writer, value) => write(writer, `BigInt(${value})`),
    isSet: (value) => (int64 === 'string' ? `${value} !== undefined && ${value} !== '0' && ${value} !== ''` : value),
  };
}
