/** About how many bytes a waiting call holds besides its message. */
const BYTES_A_CALL = 2048;

/** Calls of a service that were read and have not begun, oldest first, and how many bytes they hold. */
export class CallQueue<Call extends { readonly openingBytes: number }> {
  #calls: Call[] = [];
  #bytes = 0;

  get length(): number {
    return this.#calls.length;
  }

  /** About how many bytes the calls hold, with their messages. */
  get bytes(): number {
    return this.#bytes;
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
