type Close = () => Promise<unknown>;

/** Closes everything that was opened, in reverse order, however the demo ends. Closes late additions at once. */
export class Cleanup implements AsyncDisposable {
  readonly #closes: Close[] = [];
  #closing: Promise<void> | undefined;

  add(close: Close): void {
    if (this.#closing === undefined) this.#closes.push(close);
    else void close().catch(() => undefined);
  }

  /** Never rejects: the demo is over, and has reported its errors. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeAll(): Promise<void> {
    for (const close of this.#closes.splice(0).reverse()) await close().catch(() => undefined);
  }
}
