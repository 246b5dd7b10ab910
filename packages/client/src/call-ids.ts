import { randomFillSync } from 'node:crypto';
import { CALL_ID_BYTES } from '@wherry/wire';

/** How many ids are made from one request for random bytes: the request costs more than the bytes. */
const BATCH = 256;

/** Makes call ids of 128 random bits, so that nobody can guess the id of another caller's call. */
export class CallIds {
  readonly #pool = Buffer.alloc(CALL_ID_BYTES * BATCH);
  #used = this.#pool.length;

  /** A new id. Each character is one byte (latin1). */
  next(): string {
    if (this.#used === this.#pool.length) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += CALL_ID_BYTES;
    return this.#pool.toString('latin1', start, this.#used);
  }
}
