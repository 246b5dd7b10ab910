/** A record whose calls are not all answered yet, or that waits for one before it. */
export interface TrackedRecord {
  readonly offset: number;
  /** How many calls the record has. */
  readonly calls: number;
  /** Calls of this record that are not answered. */
  pending: number;
}

/**
 * Knows what of one partition may be committed: the low watermark below which every call is answered. Calls may be
 * answered in any order; an offset is passed only when all before it are.
 */
export class OffsetTracker {
  readonly #records: TrackedRecord[] = [];
  #head = 0;
  #watermark: number | undefined;
  #committed: number | undefined;

  /** A record was read; `calls` of it are to be answered. Records come in the order of their offsets. */
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

  /** The offset to commit, where it is not committed yet: that of the first record that is not done. */
  takeCommit(): number | undefined {
    if (this.#watermark === this.#committed) return undefined;
    this.#committed = this.#watermark;
    return this.#watermark;
  }

  /** The commit failed, so it is to be tried again. */
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
