import { randomInt } from 'node:crypto';

/** Buckets at first; twice as many whenever there is an entry for each, and never fewer again. */
const SMALLEST = 64;

/**
 * A map for what comes and goes all the time, as calls do by their ids: what was deleted is garbage at once, and a key that
 * was read from a record is looked up as it is.
 *
 * With a `Map` the first is not so. V8 moves a `Map` to a new table every so often, and the table it leaves still has what
 * was in it, and is linked to the next. Once one such table has become old, all that follow it are kept until the next full
 * collection, with everything that was alive when they were left. Young collections then copy almost every call, and take
 * half of a busy caller's time (docs/performance.md). With an object the second is not so: V8 makes each key a name first,
 * one of all names of the process, which costs more than all the rest of this.
 */
export class LiveMap<V extends object> {
  #buckets = emptyBuckets<V>(SMALLEST);
  #size = 0;
  #first: Entry<V> | undefined;
  #last: Entry<V> | undefined;
  /** Keys that share a bucket here share none elsewhere. */
  readonly #seed = randomInt(2 ** 32);

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#find(key, this.#hash(key))?.value;
  }

  set(key: string, value: V): void {
    const hash = this.#hash(key);
    const found = this.#find(key, hash);
    if (found !== undefined) {
      found.value = value;
      return;
    }
    if (this.#size === this.#buckets.length) this.#grow();
    const entry = new Entry(key, hash, value);
    entry.before = this.#last;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#putInBucket(entry);
    this.#size++;
  }

  /** @returns whether it was there. */
  delete(key: string): boolean {
    const hash = this.#hash(key);
    const entry = this.#find(key, hash);
    if (entry === undefined) return false;
    this.#takeFromBucket(entry);
    const { before, after } = entry;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // An entry that has become old would keep all of these until the next full collection.
    entry.value = undefined;
    entry.before = undefined;
    entry.after = undefined;
    this.#size--;
    return true;
  }

  /** All that are there now, in the order they came. */
  values(): V[] {
    const values: V[] = [];
    for (let entry = this.#first; entry !== undefined; entry = entry.after) values.push(entry.value as V);
    return values;
  }

  /** FNV-1a, over the key's characters, begun with a number of this map's own. */
  #hash(key: string): number {
    let hash = this.#seed;
    for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
    // The lowest bits, which choose the bucket, are to be of all characters' highest too.
    return hash ^ (hash >>> 15);
  }

  #find(key: string, hash: number): Entry<V> | undefined {
    let entry = this.#buckets[hash & (this.#buckets.length - 1)];
    while (entry !== undefined && (entry.hash !== hash || entry.key !== key)) entry = entry.next;
    return entry;
  }

  #putInBucket(entry: Entry<V>): void {
    const bucket = entry.hash & (this.#buckets.length - 1);
    entry.next = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
  }

  #takeFromBucket(entry: Entry<V>): void {
    const bucket = entry.hash & (this.#buckets.length - 1);
    let previous = this.#buckets[bucket];
    if (previous === entry) {
      this.#buckets[bucket] = entry.next;
    } else {
      while (previous !== undefined && previous.next !== entry) previous = previous.next;
      if (previous !== undefined) previous.next = entry.next;
    }
    entry.next = undefined;
  }

  #grow(): void {
    const left = this.#buckets;
    this.#buckets = emptyBuckets(left.length * 2);
    // It may be old already, as entries may.
    left.fill(undefined);
    for (let entry = this.#first; entry !== undefined; entry = entry.after) this.#putInBucket(entry);
  }
}

function emptyBuckets<V>(length: number): (Entry<V> | undefined)[] {
  return new Array<Entry<V> | undefined>(length).fill(undefined);
}

class Entry<V> {
  /** In its bucket. */
  next: Entry<V> | undefined;
  /** In the order they came. */
  before: Entry<V> | undefined;
  after: Entry<V> | undefined;

  constructor(
    readonly key: string,
    readonly hash: number,
    public value: V | undefined,
  ) {}
}
