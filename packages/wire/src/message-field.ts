import { Reader } from './reader.js';
import { RecordError } from './record-error.js';

/**
 * The bytes of one field of a protobuf message, to compare messages by, without knowing its type: as it is written, or
 * what is in it where it is a string, bytes or message. Of a field that is there several times the last counts, as in every
 * reader of protobuf.
 *
 * @param path field numbers, from the message inwards.
 * @returns undefined where the field is absent, empty or 0, which protobuf does not tell apart, or where the bytes are no
 * message.
 */
export function messageField(message: Uint8Array, path: readonly number[]): Buffer | undefined {
  try {
    const value = find(Buffer.from(message.buffer, message.byteOffset, message.byteLength), path);
    return value?.some((byte) => byte !== 0) ? value : undefined;
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

function find(message: Buffer, [number, ...inner]: readonly number[]): Buffer | undefined {
  let found: Buffer | undefined;
  for (const reader = new Reader(message); !reader.done; ) {
    const tag = reader.tag();
    const value = reader.raw(tag);
    if (tag >>> 3 !== number) continue;
    found = inner.length === 0 ? value : (find(value, inner) ?? found);
  }
  return found;
}
