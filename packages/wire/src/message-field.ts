import { Reader } from './reader.js';
import { RecordError } from './record-error.js';

/**
 * Finds the bytes of one field of a protobuf message, without knowing the message's type. The bytes serve to compare messages. For a string,
 * bytes or a message they are its contents; for other types they are the encoded value. If the field is there several times, the last one
 * counts, as in every reader of protobuf.
 *
 * @param path field numbers, from the message inwards.
 * @returns undefined if the field is absent, empty or 0, which protobuf does not tell apart, or if the bytes are not a
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
