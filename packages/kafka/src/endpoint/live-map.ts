/**
 * A map for what comes and goes all the time, as calls do by their ids: what was deleted is garbage at once.
 *
 * With a `Map` it is not. V8 moves a `Map` to a new table every so often, and the table it leaves still has what was in it,
 * and is linked to the next. Once one such table has become old, all that follow it are kept until the next full
 * collection, with everything that was alive when they were left. Young collections then copy almost every call, and take
 * half of a busy caller's time (docs/performance.md). An object's tables are not linked, but an old one keeps what was in
 * it all the same: so each value is in a box, and the box is emptied.
 */
export class LiveMap<V extends object> {
  readonly #boxes: Record<string, Box<V>> = Object.create(null);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#boxes[key]?.value;
  }

  set(key: string, value: V): void {
    const box = this.#boxes[key];
    if (box !== undefined) {
      box.value = value;
      return;
    }
    this.#boxes[key] = new Box(value);
    this.#size++;
  }

  /** @returns whether it was there. */
  delete(key: string): boolean {
    const box = this.#boxes[key];
    if (box === undefined) return false;
    box.value = undefined;
    this.#size--;
    return delete this.#boxes[key];
  }

  /** All that are there now, in the order they came (keys that are small whole numbers before all others). */
  values(): V[] {
    return Object.values(this.#boxes).map(({ value }) => value as V);
  }
}

class Box<V> {
  constructor(public value: V | undefined) {}
}
