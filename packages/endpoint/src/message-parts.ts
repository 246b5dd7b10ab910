import { crc32 } from 'node:zlib';
import type { MessagePart } from '@wherry/wire';

/**
 * The largest part, in bytes, of a message that is too large for one record. A writer's initial window lets two parts leave, so one can be
 * on its way while the reader grants back the other.
 */
export const PART_BYTES = 131_072;

/** A message that is sent in parts, and how much of it was taken so far. */
export class CutMessage {
  readonly #message: Uint8Array;
  readonly #partBytes: number;
  #offset = 0;

  /** @param maxPart the largest part that fits a record, in bytes. */
  constructor(message: Uint8Array, maxPart: number) {
    this.#message = message;
    this.#partBytes = Math.min(PART_BYTES, maxPart);
  }

  /** Whether every part was taken. */
  get done(): boolean {
    return this.#offset >= this.#message.length;
  }

  /** Takes the next part. The last part carries the checksum of the whole message. */
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

  /** Whether some but not all parts of a message have come. */
  get partial(): boolean {
    return this.#parts.length > 0;
  }

  /**
   * Adds a part.
   *
   * @returns the message if it is now whole, `more` if other parts follow, `broken` if this is not the next part or the checksum is wrong.
   */
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
