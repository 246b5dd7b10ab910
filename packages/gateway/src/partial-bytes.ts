/** Counts the bytes of messages that have come in part, of all calls of a server. */
export class PartialBytes {
  readonly #max: number;
  #held = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** A call holds so many more bytes than before, or fewer if the number is negative. @returns false if all calls hold too many. */
  add(bytes: number): boolean {
    this.#held += bytes;
    return bytes <= 0 || this.#held <= this.#max;
  }
}
