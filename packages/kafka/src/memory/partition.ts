import type { RecordHeaders, TopicPartition } from '../log/log.js';

/** A record as the broker in memory keeps it. */
export interface StoredRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds since the Unix epoch, by the writer's clock. */
  readonly timestamp: number;
  readonly headers: RecordHeaders;
}

/** One partition of a topic in memory. An offset whose record is lost stays empty, as after compaction. */
export class MemoryPartition implements TopicPartition {
  /** The index is the offset minus {@link start}. */
  #records: (StoredRecord | undefined)[] = [];
  #start = 0;
  #held = false;
  /** The faults of the next records. */
  readonly #faults: ('drop' | 'duplicate')[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  /** The offset of the oldest record. */
  get start(): number {
    return this.#start;
  }

  /** The offset that the next record will get. */
  get end(): number {
    return this.#start + this.#records.length;
  }

  get records(): readonly StoredRecord[] {
    return this.#records.filter((record) => record !== undefined);
  }

  /** Whether readers get none of its records for now. */
  get held(): boolean {
    return this.#held;
  }

  set held(held: boolean) {
    this.#held = held;
    this.#tell();
  }

  /** @returns the offset of the record. */
  append(record: Omit<StoredRecord, 'offset'>): number {
    const offset = this.end;
    const fault = this.#faults.shift();
    this.#records.push(fault === 'drop' ? undefined : { ...record, offset });
    if (fault === 'duplicate') this.#records.push({ ...record, offset: offset + 1 });
    this.#tell();
    return offset;
  }

  at(offset: number): StoredRecord | undefined {
    return this.#records[offset - this.#start];
  }

  /** Forgets all records before an offset. */
  deleteBefore(offset: number): void {
    const before = Math.min(Math.max(offset, this.#start), this.end);
    this.#records = this.#records.slice(before - this.#start);
    this.#start = before;
  }

  /** Sets the fault of the next record that has none set yet. */
  failNext(fault: 'drop' | 'duplicate'): void {
    this.#faults.push(fault);
  }

  /** Calls `listener` when there may be something to read. @returns a function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
