import { randomInt } from 'node:crypto';

/** The number of buckets of a new map. It doubles whenever the map has as many entries as buckets, and never shrinks. */
const SMALLEST = 64;

/**
 * A map for values that come and go all the time, such as calls by their ids. A deleted value is garbage at once. A lookup does not
 * internalize the key.
 *
 * A `Map` would keep deleted calls alive until the next full collection, and an object would first make each key an internalized string
 * (docs/performance-notes.md).
 */
export class LiveMap<V extends object> {
  #buckets = emptyBuckets<V>(SMALLEST);
  #size = 0;
  #first: Entry<V> | undefined;
  #last: Entry<V> | undefined;
  /** Random for each map, so that keys that share a bucket in one map rarely share one in another. */
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

  /** @returns whether the map had the key. */
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
    // V8 may keep a deleted entry until the next full collection. So the entry drops its value and its neighbours: V8 does not keep those.
    entry.value = undefined;
    entry.before = undefined;
    entry.after = undefined;
    this.#size--;
    return true;
  }

  /** The values that are in the map now, in the order in which they were added. */
  values(): V[] {
    const values: V[] = [];
    for (let entry = this.#first; entry !== undefined; entry = entry.after) values.push(entry.value as V);
    return values;
  }

  /** FNV-1a over the key's characters, starting from this map's own seed. */
  #hash(key: string): number {
    let hash = this.#seed;
    for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
    // The lowest bits choose the bucket. The shift lets the highest bits count there too.
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
    const former = this.#buckets;
    this.#buckets = emptyBuckets(former.length * 2);
    // V8 may keep the former buckets until the next full collection. So they drop their entries: V8 does not keep those.
    former.fill(undefined);
    for (let entry = this.#first; entry !== undefined; entry = entry.after) this.#putInBucket(entry);
  }
}

function emptyBuckets<V>(length: number): (Entry<V> | undefined)[] {
  return new Array<Entry<V> | undefined>(length).fill(undefined);
}

class Entry<V> {
  /** The next entry of the same bucket. */
  next: Entry<V> | undefined;
  /** The neighbours in the order in which entries were added. */
  before: Entry<V> | undefined;
  after: Entry<V> | undefined;

  constructor(
    readonly key: string,
    readonly hash: number,
    public value: V | undefined,
  ) {}
}
