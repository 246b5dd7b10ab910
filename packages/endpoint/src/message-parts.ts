import { crc32 } from 'node:zlib';
import type { MessagePart } from '@wherry/wire';

/**
 * How large the parts are that a message too large for one record travels in. Two of them fit the window that a writer
 * begins with, so that one is on its way while the other is granted anew.
 */
export const PART_BYTES = 131_072;

/** A message that was cut, and how much of it is sent. */
export class CutMessage {
  readonly #message: Uint8Array;
  readonly #partBytes: number;
  #offset = 0;

  /** @param maxPart how many bytes a part may have at most. */
  constructor(message: Uint8Array, maxPart: number) {
    this.#message = message;
    this.#partBytes = Math.min(PART_BYTES, maxPart);
  }

  /** Whether all parts were taken. */
  get done(): boolean {
    return this.#offset >= this.#message.length;
  }

  /** The next part. The checksum of the whole goes with the last. */
  next(): { message: Uint8Array; part: MessagePart } {
    const offset = this.#offset;
    const total = this.#message.length;
    const message = this.#message.subarray(offset, offset + this.#partBytes);
    this.#offset += message.length;
    return { message, part: this.done ? { offset, total, checksum: crc32(this.#message) } : { offset, total } };
  }
}

/** Puts a message together from its parts. */
export class Assembly {
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  #total = 0;
  #checksum = 0;

  /** Whether a message has begun to come and is not whole. */
  get partial(): boolean {
    return this.#parts.length > 0;
  }

  /** The message where this part makes it whole, `more` where others are to follow, `broken` where it is not the next. */
  add(bytes: Uint8Array, { offset, total, checksum = 0 }: MessagePart): Uint8Array | 'more' | 'broken' {
    if (offset !== this.#length || (this.partial && total !== this.#total)) return 'broken';
    this.#parts.push(bytes);
    this.#length += bytes.length;
    this.#total = total;
    this.#checksum = crc32(bytes, this.#checksum);
    if (this.#length < total) return 'more';
    const right = this.#checksum === checksum;
    const message = right ? Buffer.concat(this.#parts, total) : 'broken';
    this.clear();
    return message;
  }

  clear(): void {
    this.#parts.length = 0;
    this.#length = 0;
    this.#checksum = 0;
  }
}
