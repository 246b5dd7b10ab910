/**
 * A map for what comes and goes all the time, as calls do by their ids: what was deleted is garbage at once.
 *
 * With a `Map` it is not. V8 moves a `Map` to a new table every so often, and the table it leaves still has what was in it,
 * and is linked to the next. Once one such table has become old, all that follow it are kept until the next full
 * collection, with everything that was alive when they were left. Young collections then copy almost every call, and take
 * half of a busy caller's time (docs/performance.md). An object in dictionary mode leaves nothing behind.
 */
export class LiveMap<V extends object> {
  readonly #values: Record<string, V> = Object.create(null);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#values[key];
  }

  set(key: string, value: V): void {
    if (this.#values[key] === undefined) this.#size++;
    this.#values[key] = value;
  }

  /** @returns whether it was there. */
  delete(key: string): boolean {
    if (this.#values[key] === undefined) return false;
    this.#size--;
    return delete this.#values[key];
  }

  /** All that are there now, in the order they came (keys that are small whole numbers before all others). */
  values(): V[] {
    return Object.values(this.#values);
  }
}
