/** A record whose calls are not all answered yet, or that waits for a record before it. */
export interface TrackedRecord {
  readonly offset: number;
  /** How many calls the record has. */
  readonly calls: number;
  /** How many calls of the record are not answered yet. */
  pending: number;
}

/**
 * Knows which offset of one partition may be committed: the low watermark below which every call is answered. Calls may be answered in any
 * order. The watermark passes an offset only if it has passed every earlier offset.
 */
export class OffsetTracker {
  readonly #records: TrackedRecord[] = [];
  #head = 0;
  #watermark: number | undefined;
  #committed: number | undefined;

  /** A record with `calls` calls to answer was read. Records come in the order of their offsets. */
  begin(offset: number, calls: number): TrackedRecord {
    const record = { offset, calls, pending: calls };
    this.#records.push(record);
    this.#advance();
    return record;
  }

  /** One call of the record is answered. */
  answered(record: TrackedRecord): void {
    record.pending--;
    this.#advance();
  }

  /** Takes the offset to commit: the offset after the last record that is done. Undefined if that offset was taken before. */
  takeCommit(): number | undefined {
    if (this.#watermark === this.#committed) return undefined;
    this.#committed = this.#watermark;
    return this.#watermark;
  }

  /** The commit failed and must be tried again. */
  uncommit(): void {
    this.#committed = undefined;
  }

  #advance(): void {
    let record = this.#records[this.#head];
    while (record !== undefined && record.pending <= 0) {
      this.#watermark = record.offset + 1;
      record = this.#records[++this.#head];
    }
    if (this.#head > 1024 && this.#head * 2 > this.#records.length) {
      this.#records.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
