import { Readable, type Writable } from 'node:stream';

/** Writes each message when the call has room for it, and ends the writing side after the last one. */
export function writeAll(messages: Iterable<unknown>, call: Writable): void {
  Readable.from(messages).pipe(call);
}
