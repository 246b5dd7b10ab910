/**
 * Keeps events until somebody listens, then passes them on in order. So an object can report events before its listener exists, and no
 * event is lost.
 */
export class HeldEvents<Listener> {
  #listener: Listener | undefined;
  readonly #held: ((listener: Listener) => void)[] = [];

  /** Undefined until {@link listen}. On a hot path, call it directly: {@link tell} costs a closure. */
  get listener(): Listener | undefined {
    return this.#listener;
  }

  tell(event: (listener: Listener) => void): void {
    if (this.#listener === undefined) this.#held.push(event);
    else event(this.#listener);
  }

  /** Passes on the events that were held, and every event from now on. Call it once. */
  listen(listener: Listener): void {
    if (this.#listener !== undefined) throw new Error('these events have a listener already');
    // An event that comes during this loop is held too, after the others.
    for (const event of this.#held) event(listener);
    this.#held.length = 0;
    this.#listener = listener;
  }
}
