/** What the messages and the objects of waiting calls may hold: what librdkafka's own queue may (`queued.max.messages.kbytes`). */
const MAX_BYTES = 16 * 1024 * 1024;
/** What a call that waits holds besides its message, about. */
const BYTES_A_CALL = 2048;

/**
 * Calls that were read and not begun, oldest first. Calls are read far ahead, so that a cancel finds its call before that
 * begins, and above all so that reading need not pause: librdkafka drops what it has fetched then, and may take
 * `fetch.wait.max.ms` until it fetches again, in which a worker with few places would be idle.
 */
export class CallQueue<Call extends { readonly openingBytes: number }> {
  #calls: Call[] = [];
  #bytes = 0;

  get length(): number {
    return this.#calls.length;
  }

  /** No more should be read now. */
  get full(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  /** Where no more was read, it is time to go on: before the last is begun. */
  get hasRoom(): boolean {
    return this.#bytes <= MAX_BYTES / 2;
  }

  push(call: Call): void {
    this.#calls.push(call);
    this.#bytes += call.openingBytes + BYTES_A_CALL;
  }

  shift(): Call | undefined {
    const call = this.#calls.shift();
    if (call !== undefined) this.#bytes -= call.openingBytes + BYTES_A_CALL;
    return call;
  }

  clear(): void {
    this.#calls = [];
    this.#bytes = 0;
  }
}
