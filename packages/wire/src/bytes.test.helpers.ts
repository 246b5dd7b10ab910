/** Writes protobuf's wire format by hand, for records that no encoder would write. */

export type Part = Buffer | number | string | readonly number[];

/** Joins bytes: numbers are single bytes, strings UTF-8. */
export function join(...parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.of(part);
      return typeof part === 'string' ? Buffer.from(part) : Buffer.from(part);
    }),
  );
}

/** A varint, padded to `bytes` bytes if it needs fewer. */
export function varint(value: number | bigint, bytes = 1): Buffer {
  const out: number[] = [];
  let rest = BigInt(value);
  do {
    out.push(Number(rest & 0x7fn));
    rest >>= 7n;
  } while (rest > 0n || out.length < bytes);
  return Buffer.from(out.map((byte, index) => (index < out.length - 1 ? byte | 0x80 : byte)));
}

/** A field that is a number. */
export function number(field: number, value: number | bigint): Buffer {
  return join(varint(field * 8), varint(value));
}

/** A field that is bytes, a string or a message. */
export function data(field: number, ...parts: readonly Part[]): Buffer {
  const content = join(...parts);
  return join(varint(field * 8 + 2), varint(content.length), content);
}

/** The beginning of every key: version 1, and a sender. */
export function head(topic = 'inbox'): Buffer {
  return join(number(1, 1), data(2, topic));
}

export const id: Buffer = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

/** A frame of a call. `parts` are its fields after the call id. */
export function frame(...parts: readonly Part[]): Buffer {
  return data(5, data(1, id), ...parts);
}
