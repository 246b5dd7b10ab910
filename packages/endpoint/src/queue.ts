/** An item of a {@link Queue}. It can be in one queue at a time. */
export interface Queued<T> {
  next: T | undefined;
}

/**
 * A linked list, first in, first out. Each call has several queues, and a queue nearly always holds one item or none. Arrays would take a
 * tenth of a call's memory, and V8 may keep them until the next full collection (docs/performance-notes.md).
 */
export class Queue<T extends Queued<T>> {
  #first: T | undefined;
  #last: T | undefined;

  /** The item that is taken next. */
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
