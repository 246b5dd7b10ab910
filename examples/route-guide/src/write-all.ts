import { Readable, type Writable } from 'node:stream';

/** Writes each message as soon as the call has room for it, and ends the writing side after the last. */
export function writeAll(messages: Iterable<unknown>, call: Writable): void {
  Readable.from(messages).pipe(call);
}
