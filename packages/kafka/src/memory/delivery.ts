import type { LogRecord } from '../log/log.js';
import type { MemoryConnection } from './connection.js';
import type { MemoryPartition } from './partition.js';

/** How many records a reader gets in one turn of the event loop. */
const RECORDS_A_TURN = 100;

/** Kafka's `auto.offset.reset`. */
export type OffsetReset = 'earliest' | 'latest';

/** A reader's position in a partition. */
interface Cursor {
  readonly partition: MemoryPartition;
  position: number;
  /** Where reading continues if the broker does not have the position. */
  readonly reset: OffsetReset;
  /** Whether a record was read. Before that, the client library reports no lag. */
  begun: boolean;
  /** The end of the partition that `onEnd` reported last. */
  toldEnd: number | undefined;
  stopListening(): void;
}

export interface DeliveryCallbacks {
  onRecord(record: LogRecord): void;
  /** Every record before this offset was delivered, and the partition has no more records now. */
  onEnd?(offset: number): void;
  /** Whether records may be delivered now. */
  ready(): boolean;
}

/**
 * Delivers the records of some partitions of one topic. The event loop calls back separately for each record, as with the client
 * library. So if a callback throws or waits, the next record is not affected.
 */
export class MemoryDelivery {
  readonly #callbacks: DeliveryCallbacks;
  readonly #connection: MemoryConnection;
  readonly #stopListening: () => void;
  #cursors: Cursor[] = [];
  /** How many callbacks are scheduled. Each delivers one record, if a record may be delivered at that time. */
  #due = 0;
  /** The cursor whose turn it is. */
  #turn = 0;
  #closed = false;

  constructor(connection: MemoryConnection, callbacks: DeliveryCallbacks) {
    this.#connection = connection;
    this.#callbacks = callbacks;
    this.#stopListening = connection.onChange(() => this.wake());
  }

  /** Begins to read a partition, at an offset. */
  add(partition: MemoryPartition, offset: number, reset: OffsetReset): void {
    const stopListening = partition.onChange(() => this.wake());
    const { start, end } = partition;
    const position = offset <= end ? offset : reset === 'earliest' ? start : end;
    this.#cursors.push({ partition, position, reset, begun: false, toldEnd: undefined, stopListening });
    this.wake();
  }

  /** Stops reading these partitions. */
  remove(partitions: readonly number[]): void {
    const removed = (cursor: Cursor): boolean => partitions.includes(cursor.partition.partition);
    for (const cursor of this.#cursors) if (removed(cursor)) cursor.stopListening();
    this.#cursors = this.#cursors.filter((cursor) => !removed(cursor));
    this.wake();
  }

  /** Whether it reads this very partition, and not one that has taken its place since. */
  reads(partition: MemoryPartition): boolean {
    return this.#cursors.some((cursor) => cursor.partition === partition);
  }

  get lag(): number {
    return this.#cursors.reduce(
      (sum, { begun, partition, position }) => sum + (begun ? Math.max(0, partition.end - position) : 0),
      0,
    );
  }

  /** Something has changed, so a record may be ready for delivery. */
  wake(): void {
    if (!this.#mayDeliver) return;
    const wanted = Math.min(
      RECORDS_A_TURN,
      this.#cursors.reduce((sum, cursor) => sum + this.#waiting(cursor), 0),
    );
    for (; this.#due < wanted; this.#due++) setImmediate(() => this.#deliverOne());
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    for (const { stopListening } of this.#cursors.splice(0)) stopListening();
  }

  get #mayDeliver(): boolean {
    return !this.#closed && this.#connection.up && this.#callbacks.ready();
  }

  #deliverOne(): void {
    this.#due--;
    if (!this.#mayDeliver) return;
    const cursor = this.#nextCursor();
    if (cursor === undefined) return;
    const { partition } = cursor;
    const record = take(cursor);
    if (record === undefined) cursor.toldEnd = partition.end;
    // Schedules the next record first, because the callback may throw.
    this.wake();
    if (record === undefined) this.#callbacks.onEnd?.(partition.end);
    else this.#callbacks.onRecord(record);
  }

  /** The next cursor with something to deliver. The cursors take turns. */
  #nextCursor(): Cursor | undefined {
    for (let count = 0; count < this.#cursors.length; count++) {
      this.#turn = (this.#turn + 1) % this.#cursors.length;
      const cursor = this.#cursors[this.#turn];
      if (cursor !== undefined && this.#waiting(cursor) > 0) return cursor;
    }
    return undefined;
  }

  /** How many callbacks a partition has to make. */
  #waiting({ partition, position, toldEnd }: Cursor): number {
    if (partition.held) return 0;
    const endIsNews = this.#callbacks.onEnd !== undefined && toldEnd !== partition.end;
    return Math.max(0, partition.end - position) + (endIsNews ? 1 : 0);
  }
}

/** The next record of a partition; undefined at its end. */
function take(cursor: Cursor): LogRecord | undefined {
  const { partition } = cursor;
  if (cursor.position < partition.start)
    cursor.position = cursor.reset === 'earliest' ? partition.start : partition.end;
  while (cursor.position < partition.end) {
    const record = partition.at(cursor.position++);
    if (record === undefined) continue;
    cursor.begun = true;
    const { topic, partition: number } = partition;
    const { offset, key, value, timestamp } = record;
    return { topic, partition: number, offset, key: copy(key), value: copy(value), timestamp };
  }
  return undefined;
}

/** Each reader gets its own copy of the bytes, as from a real broker. */
function copy(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes);
}
