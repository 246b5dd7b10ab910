import type { Log } from '@wherry/kafka';
import { LogError } from '@wherry/kafka';
import { kafkaErrors } from '@wherry/kafka/internal';
import { encodeRecord, type Frame, type InboxAddress, type MetadataEntries, type Notice } from '@wherry/wire';
import type { InboxGate } from './inbox-gate.js';
import type { RecordObserver } from './record-observer.js';
import { runGuarded } from './run-guarded.js';

/** Limits of one record. Larger records cost less per call. Smaller records spread calls over more workers. */
export interface PackingLimits {
  /** How many frames a record of requests may have. Larger records cost less. Smaller records reach more workers. Default 32. */
  readonly maxFrames: number;
  /** How many bytes of messages and metadata a record may have. A frame that has more travels alone. Default 64 KiB. */
  readonly maxBytes: number;
  /**
   * A message of more bytes travels in parts. Default: the bytes that fit a record, which is librdkafka's `message.max.bytes` (1,000,000)
   * less 64 KiB for the record's key.
   */
  readonly maxMessageBytes?: number | undefined;
}

export const defaultPacking: PackingLimits = { maxFrames: 32, maxBytes: 65_536 };

/** How many frames a record to an inbox may have. One reader gets them all, so they need not be spread. */
const MAX_INBOX_FRAMES = 1024;

/** A frame that waits to be sent. Until it is `sealed`, parts of the same turn of the event loop may still be added to the frame. */
export interface Parcel {
  readonly frame: Frame;
  sealed: boolean;
  /** The frame is about to be written; nothing is added to it after this. */
  sealing?: ((frame: Frame) => void) | undefined;
  /**
   * The record was handed to the client library for this partition. If the record had to wait for room, this is called twice: when the wait
   * begins, and when the record has left.
   */
  placed?: ((partition: number) => void) | undefined;
  /** The broker has the record. */
  acknowledged?: (() => void) | undefined;
  /** The record could not even be handed to the client library. */
  failed?: ((error: LogError, parcel: Parcel) => void) | undefined;
}

/**
 * A parcel of a call. It is a class, not an object literal: V8 may keep a literal, and with it the call, until the next full collection
 * (docs/performance-notes.md).
 */
export class CallParcel implements Parcel {
  sealed = false;
  sealing: Parcel['sealing'] = undefined;
  placed: Parcel['placed'] = undefined;
  acknowledged: Parcel['acknowledged'] = undefined;
  failed: Parcel['failed'] = undefined;

  constructor(readonly frame: Frame) {}
}

/** A destination of frames: a topic, and for each record one of its partitions. */
export interface Lane {
  /** Frames for lanes of the same name share records. */
  readonly name: string;
  readonly topic: string;
  /** Whether the records of this lane are distributed among several readers. */
  readonly shared: boolean;
  /** Whether the lane leads to an inbox, whose address came from outside: see {@link InboxGate}. */
  readonly inbox?: boolean;
  /** The partition of the next record. */
  nextPartition(): number;
}

/** The methods of an observer that are about records that leave. */
export type OutboxObserver = Pick<RecordObserver, 'sent' | 'acknowledged' | 'headers'>;

/**
 * How long, in milliseconds, until a record is offered again to the client library's full queue. The library does not say when it has room.
 */
const ROOM_MS = 5;
/** How many bytes may wait for room, beyond those in the client library's own queue. */
const MAX_STUCK_BYTES = 268_435_456;

/** About how many bytes a frame, and a notice, hold while they wait for the gate, besides messages and metadata. */
const HELD_FRAME_BYTES = 2048;
const HELD_NOTICE_BYTES = 256;

/** A record that is ready to be sent. It is a class for the same reason as {@link CallParcel}. */
class OutgoingRecord {
  constructor(
    readonly lane: Lane,
    readonly partition: number,
    readonly parcels: readonly Parcel[],
    readonly frames: readonly Frame[],
    readonly notices: readonly Notice[] | undefined,
    readonly key: Buffer,
    readonly value: Buffer | null,
  ) {}
}

/** The parcels and notices of one turn for one lane. */
class Batch {
  readonly parcels: Parcel[] = [];
  notices: Notice[] | undefined;

  constructor(readonly lane: Lane) {}
}

/**
 * Gathers the frames of one turn of the event loop, packs the frames of each lane into records, and sends them. The first frame of a turn
 * schedules the sending for the end of that turn (`setImmediate`). So a lone frame leaves at once in its own record, and under load records
 * fill by themselves. If the client library's queue has no room for a record, the record waits, and all later records wait behind it, so
 * that no frame overtakes another.
 */
export class Outbox {
  readonly #log: Pick<Log, 'produce'>;
  readonly #own: { readonly address: InboxAddress };
  readonly #limits: PackingLimits;
  readonly #observer: OutboxObserver | undefined;
  readonly #gate: InboxGate | undefined;
  readonly #onRefused: ((parcels: readonly Parcel[], error: LogError) => void) | undefined;
  #waiting = new Map<string, Batch>();
  #flush: NodeJS.Immediate | undefined;
  /** Records that wait for room, the oldest first. */
  readonly #stuck: OutgoingRecord[] = [];
  #stuckBytes = 0;
  /** Called once no record waits for room. */
  #whenFree: (() => void)[] = [];
  #roomTimer: NodeJS.Timeout | undefined;

  /**
   * @param own the inbox of this instance. Every record names it as its sender.
   * @param gate holds back records for inboxes that may not exist.
   * @param onRefused is called with the parcels that `gate` has refused.
   */
  constructor(
    log: Pick<Log, 'produce'>,
    own: { readonly address: InboxAddress },
    limits: PackingLimits,
    observer?: OutboxObserver,
    gate?: InboxGate,
    onRefused?: (parcels: readonly Parcel[], error: LogError) => void,
  ) {
    this.#log = log;
    this.#own = own;
    this.#limits = limits;
    this.#observer = observer;
    this.#gate = gate;
    this.#onRefused = onRefused;
  }

  /** How many records wait for room in the client library's queue. */
  get recordsWaiting(): number {
    return this.#stuck.length;
  }

  send(lane: Lane, parcel: Parcel): void {
    this.#batchFor(lane).parcels.push(parcel);
  }

  /** Sends a notice, in the first record of this turn for its lane. */
  tell(lane: Lane, notice: Notice): void {
    const batch = this.#batchFor(lane);
    batch.notices ??= [];
    batch.notices.push(notice);
  }

  #batchFor(lane: Lane): Batch {
    let batch = this.#waiting.get(lane.name);
    if (batch === undefined) {
      batch = new Batch(lane);
      this.#waiting.set(lane.name, batch);
    }
    this.#flush ??= setImmediate(() => this.flush());
    return batch;
  }

  /** Sends at once everything that was gathered in this turn. */
  flush(): void {
    if (this.#flush === undefined) return;
    clearImmediate(this.#flush);
    this.#flush = undefined;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const batch of waiting.values())
      if (this.#mayLeave(batch.lane)) this.#sendBatch(batch);
      else this.#hold(batch);
  }

  #mayLeave({ inbox, name, topic }: Lane): boolean {
    return !inbox || this.#gate === undefined || this.#gate.knows(name) || topic === this.#own.address.topic;
  }

  #hold(batch: Batch): void {
    const { lane, parcels, notices } = batch;
    const { name, topic } = lane;
    let bytes = (notices?.length ?? 0) * HELD_NOTICE_BYTES;
    for (const { frame } of parcels) bytes += sizeOf(frame) + HELD_FRAME_BYTES;
    this.#gate?.hold(
      { name, topic, partition: lane.nextPartition() },
      { bytes, send: () => this.#sendBatch(batch), refuse: (error) => this.#onRefused?.(parcels, error) },
    );
  }

  #sendBatch({ lane, parcels, notices }: Batch): void {
    const { maxFrames, maxBytes } = this.#limits;
    const limits = { maxFrames: lane.shared ? maxFrames : MAX_INBOX_FRAMES, maxBytes };
    let withFirst = notices;
    for (const record of pack(parcels, limits)) {
      this.#sendRecord(lane, record, withFirst);
      withFirst = undefined;
    }
    if (withFirst !== undefined) this.#sendRecord(lane, [], withFirst);
    // V8 may keep the list until the next full collection. So the list drops the calls: V8 does not keep those.
    parcels.length = 0;
  }

  #sendRecord(lane: Lane, parcels: readonly Parcel[], notices?: readonly Notice[]): void {
    const partition = lane.nextPartition();
    let record: OutgoingRecord;
    try {
      const frames = parcels.map(seal);
      const { key, value } = encodeRecord({ sender: this.#own.address, frames, notices });
      record = new OutgoingRecord(lane, partition, parcels, frames, notices, key, value);
    } catch (error) {
      this.#refused(lane, parcels, notices, LogError.from(`sending to ${lane.topic}`, error));
      return;
    }
    if (this.#stuck.length === 0 && this.#produce(record)) return;
    if (this.#stuckBytes > MAX_STUCK_BYTES) {
      const error = new LogError(`sending to ${lane.topic}: ${this.#stuckBytes} bytes are already waiting to be sent`, {
        code: kafkaErrors.queueFull,
      });
      for (const parcel of parcels) parcel.failed?.(error, parcel);
      return;
    }
    this.#stuck.push(record);
    this.#stuckBytes += sizeOfRecord(record);
    this.#tryAgain();
    // The record will go to this partition, so frames that must follow it there may be sent.
    for (const parcel of parcels) parcel.placed?.(partition);
  }

  /** @returns false if the client library has no room for the record now. */
  #produce(record: OutgoingRecord): boolean {
    const { lane, partition, parcels, frames, notices, key, value } = record;
    const observer = this.#observer;
    try {
      const headers = observer?.headers && runGuarded(() => observer.headers?.(frames));
      const acknowledged = acknowledgeAll(record, observer);
      this.#log.produce(lane.topic, partition, key, value, acknowledged, headers);
    } catch (thrown) {
      const error = LogError.from(`sending to ${lane.topic}`, thrown);
      if (error.queueFull) return false;
      this.#refused(lane, parcels, notices, error);
      return true;
    }
    for (const parcel of parcels) parcel.placed?.(partition);
    if (observer?.sent) runGuarded(() => observer.sent?.(lane.topic, partition, frames, value?.length ?? 0));
    return true;
  }

  #tryAgain(): void {
    this.#roomTimer ??= setTimeout(() => {
      this.#roomTimer = undefined;
      this.#sendStuck();
      if (this.#stuck.length > 0) this.#tryAgain();
    }, ROOM_MS);
  }

  #sendStuck(): void {
    let sent = 0;
    for (const record of this.#stuck) {
      if (!this.#produce(record)) break;
      this.#stuckBytes -= sizeOfRecord(record);
      sent++;
    }
    this.#stuck.splice(0, sent);
    if (this.#stuck.length === 0) for (const free of this.#whenFree.splice(0)) free();
  }

  /** Sends everything that waits. Settles when the client library has taken all that was not refused, or after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    this.flush();
    await this.#gate?.free(timeoutMs);
    if (this.#stuck.length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, until - performance.now()));
      this.#whenFree.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Sends the records for which the client library has room within `timeoutMs`, and drops the rest. */
  async close(timeoutMs: number): Promise<void> {
    await this.drain(timeoutMs);
    this.#gate?.close();
    clearTimeout(this.#roomTimer);
    this.#stuck.length = 0;
    this.#stuckBytes = 0;
  }

  /** A record was refused. One of its frames may be the cause, so each frame is sent again in its own record. A lone frame fails. */
  #refused(lane: Lane, parcels: readonly Parcel[], notices: readonly Notice[] | undefined, error: LogError): void {
    const [first] = parcels;
    if (first === undefined) return; // A lost notice is repeated later, or nothing depends on it.
    if (notices !== undefined) this.#sendRecord(lane, [], notices);
    if (parcels.length > 1) for (const parcel of parcels) this.#sendRecord(lane, [parcel]);
    else first.failed?.(error, first);
  }
}

function sizeOfRecord({ key, value }: OutgoingRecord): number {
  return key.length + (value?.length ?? 0);
}

/** Cuts the parcels of a lane into records, in order. */
export function* pack(parcels: readonly Parcel[], limits: PackingLimits): Generator<readonly Parcel[]> {
  let start = 0;
  let bytes = 0;
  for (let index = 0; index < parcels.length; index++) {
    const size = sizeOf((parcels[index] as Parcel).frame);
    const count = index - start;
    if (count > 0 && (count >= limits.maxFrames || bytes + size > limits.maxBytes)) {
      yield parcels.slice(start, index);
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < parcels.length) yield parcels.slice(start);
}

/** How many bytes of messages and metadata a frame adds to its record. Callers and handlers choose the size of these parts alone. */
function sizeOf({ message, open, headers, status }: Frame): number {
  let size = message?.length ?? 0;
  if (open !== undefined) size += entriesSize(open.metadata);
  if (headers !== undefined) size += entriesSize(headers);
  if (status !== undefined) size += status.message.length + entriesSize(status.trailers);
  return size;
}

function entriesSize(entries: MetadataEntries): number {
  let size = 0;
  for (const [key, value] of entries) size += key.length + value.length;
  return size;
}

function seal(parcel: Parcel): Frame {
  if (!parcel.sealed) {
    parcel.sealed = true;
    parcel.sealing?.(parcel.frame);
  }
  return parcel.frame;
}

/**
 * Makes one callback for the parcels that want an acknowledgement, and for the observer; undefined if nobody wants one, as for most
 * records.
 */
function acknowledgeAll(
  { lane: { topic }, partition, parcels, frames }: OutgoingRecord,
  observer: OutboxObserver | undefined,
): ((offset: number) => void) | undefined {
  if (observer?.acknowledged) {
    return (offset) => {
      for (const parcel of parcels) parcel.acknowledged?.();
      runGuarded(() => observer.acknowledged?.(topic, partition, offset, frames));
    };
  }
  const waiting = parcels.flatMap(({ acknowledged }) => acknowledged ?? []);
  return waiting.length === 0 ? undefined : callAll(waiting);
}

/** A separate function, so that the closure keeps only the callbacks, not the record, until the broker has the record. */
function callAll(callbacks: readonly (() => void)[]): () => void {
  return () => {
    for (const callback of callbacks) callback();
  };
}
