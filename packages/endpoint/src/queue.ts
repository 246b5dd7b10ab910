/** What can be in one {@link Queue} at a time. */
export interface Queued<T> {
  next: T | undefined;
}

/**
 * First in, first out: what is in it is linked. A call has several, empty or with one thing in them nearly always; as arrays they
 * would be a tenth of it, and V8 may make arrays that live as long as calls old at once (docs/performance.md).
 */
export class Queue<T extends Queued<T>> {
  #first: T | undefined;
  #last: T | undefined;

  /** What is taken next. */
  get first(): T | undefined {
    return this.#first;
  }

  push(queued: T): void {
    if (this.#last === undefined) this.#first = queued;
    else this.#last.next = queued;
    this.#last = queued;
  }

  shift(): T | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.#first = first.next;
    if (this.#first === undefined) this.#last = undefined;
    first.next = undefined;
    return first;
  }

  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
  }
}
