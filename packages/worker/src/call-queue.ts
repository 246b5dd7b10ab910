/** How many bytes waiting calls may hold, with their messages: as many as librdkafka's own queue (`queued.max.messages.kbytes`). */
const MAX_BYTES = 16 * 1024 * 1024;
/** About how many bytes a waiting call holds besides its message. */
const BYTES_A_CALL = 2048;

/**
 * Calls that were read and have not begun, oldest first. Calls are read far ahead for two reasons. A cancel then finds its call before the
 * call begins. And above all, reading need not pause: when it pauses, librdkafka drops the records that it has fetched, and may take
 * `fetch.wait.max.ms` until it fetches again. A worker with a low `concurrency` would be idle during that time.
 */
export class CallQueue<Call extends { readonly openingBytes: number }> {
  #calls: Call[] = [];
  #bytes = 0;

  get length(): number {
    return this.#calls.length;
  }

  /** Enough calls wait: no more should be read now. */
  get full(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  /** Reading should resume now, if it was paused. Calls still wait at this moment, so the worker is not idle until new ones come. */
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
