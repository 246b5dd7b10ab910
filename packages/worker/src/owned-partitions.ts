import { type Endpoint, LiveMap, throwUncaught } from '@wherry/endpoint/internal';
import {
  type GroupMember,
  LogError,
  type LogRecord,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@wherry/kafka';
import type { Frame, InboxAddress } from '@wherry/wire';
import { OffsetTracker, type TrackedRecord } from './offset-tracker.js';
import type { ServiceShare } from './slot-shares.js';
import type { OpeningFrame, WorkerCall } from './worker-call.js';

/** The parts of the worker that a reader of requests uses. */
export interface RequestHost {
  readonly endpoint: Endpoint;
  readonly commitIntervalMs: number;
  /** Takes a call to this worker. @returns undefined if the call needs no answer: it has expired, or was cancelled. */
  onOpening(frame: OpeningFrame, caller: InboxAddress, source: CallSource): WorkerCall | undefined;
  /** Takes any other frame of a call: a cancel that the caller sent before a worker had accepted the call. */
  onFrame(frame: Frame, caller: InboxAddress): void;
  /** An error has ended the reading of this service's requests. The reader joins the group again. */
  onInterrupted(service: string): void;
  /** The service's requests are read again. */
  onRestored(service: string): void;
  /** The worker has got partitions of a request topic, or gives them back. */
  onPartitionsChanged(): void;
}

class UnansweredCall {
  constructor(
    readonly call: WorkerCall,
    readonly record: TrackedRecord,
  ) {}
}

/** A partition of the request topic that this worker has. */
class OwnedPartition {
  readonly assignedAt = Date.now();
  readonly offsets = new OffsetTracker();
  /** Calls that were read from this partition and are not answered, by call id. */
  readonly unanswered = new LiveMap<UnansweredCall>();

  constructor(
    readonly partition: TopicPartition,
    readonly member: GroupMember,
    readonly share: ServiceShare<WorkerCall>,
  ) {}
}

/** The record and the consumer group from which a call was read. */
export class CallSource {
  constructor(
    readonly record: LogRecord,
    /** How many calls the record opens. */
    readonly calls: number,
    readonly owned: OwnedPartition,
    readonly tracked: TrackedRecord,
  ) {}

  /** The consumer group that read the call. The group has the name of the topic. */
  get group(): string {
    return this.record.topic;
  }

  /** When this worker got the partition, in milliseconds since the Unix epoch. */
  get assignedAt(): number {
    return this.owned.assignedAt;
  }
}

/**
 * The partitions of one request topic that this worker has. A record is committed once all its calls and all calls of earlier records in
 * its partition are answered. When the group takes a partition away, the worker leaves a record to the next owner if none of the record's
 * calls began or was answered. The worker accepts the unanswered calls of every other record, so that the next owner does not begin them
 * too. Then it commits the answered records.
 */
export class OwnedPartitions {
  readonly #host: RequestHost;
  readonly #share: ServiceShare<WorkerCall>;
  readonly #partitions = new Map<number, OwnedPartition>();
  #commitTimer: NodeJS.Timeout | undefined;
  #abandoning = false;
  #closed = false;

  constructor(host: RequestHost, share: ServiceShare<WorkerCall>) {
    this.#host = host;
    this.#share = share;
  }

  get numbers(): readonly number[] {
    return [...this.#partitions.keys()];
  }

  /** From now on, when a partition is taken away, its unanswered calls are left to other workers. */
  abandon(): void {
    this.#abandoning = true;
  }

  /** Commits nothing more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#commitTimer);
  }

  onAssigned(partitions: readonly TopicPartition[], member: GroupMember): void {
    this.#log('given', partitions);
    for (const partition of partitions)
      this.#partitions.set(partition.partition, new OwnedPartition(partition, member, this.#share));
    if (partitions.length > 0) this.#host.onPartitionsChanged();
  }

  async onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#log('taking away', partitions);
    const revoked = partitions.flatMap(({ partition }) => this.#partitions.get(partition) ?? []);
    for (const { partition } of partitions) this.#partitions.delete(partition);
    this.#host.onPartitionsChanged();
    if (this.#abandoning) await this.#host.endpoint.flush(FLUSH_MS);
    else await this.#acceptAll(revoked.flatMap(leaveUntouched));
    await this.#commit(revoked);
  }

  onRecord(record: LogRecord): void {
    const owned = this.#partitions.get(record.partition);
    // The partition was taken away: its next owner gets this record too.
    if (owned === undefined) return;
    const envelope = this.#host.endpoint.decode(record);
    const calls = envelope === undefined ? 0 : envelope.frames.filter(isOpening).length;
    const tracked = owned.offsets.begin(record.offset, calls);
    if (calls === 0) this.#commitSoon();
    if (envelope === undefined) return;
    const { sender, frames } = envelope;
    const source = new CallSource(record, calls, owned, tracked);
    for (const frame of frames) {
      try {
        if (isOpening(frame)) this.#open(frame, sender, source);
        else this.#host.onFrame(frame, sender);
      } catch (error) {
        // A handler threw this error. The other calls of the record go on.
        throwUncaught(error);
      }
    }
  }

  #open(frame: OpeningFrame, caller: InboxAddress, source: CallSource): void {
    const call = this.#host.onOpening(frame, caller, source);
    const { owned, tracked } = source;
    if (call === undefined) {
      this.#answered(owned, tracked);
      return;
    }
    owned.unanswered.set(call.id, new UnansweredCall(call, tracked));
    call.whenAnswered(() => {
      owned.unanswered.delete(call.id);
      this.#answered(owned, tracked);
    });
  }

  #answered({ offsets }: OwnedPartition, record: TrackedRecord): void {
    offsets.answered(record);
    this.#commitSoon();
  }

  #log(what: string, partitions: readonly TopicPartition[]): void {
    const [first] = partitions;
    if (first === undefined) return;
    const { topic } = first;
    const numbers = partitions.map(({ partition }) => partition);
    this.#host.endpoint.logger.debug?.({ topic, partitions: numbers }, `group ${topic}: ${what} ${numbers.join(', ')}`);
  }

  async #acceptAll(calls: readonly WorkerCall[]): Promise<void> {
    if (calls.length === 0) return;
    const answered = calls.map((call) => new Promise<void>((resolve) => call.whenAnswered(resolve)));
    for (const call of calls) call.accept();
    await this.#host.endpoint.flush(FLUSH_MS);
    await Promise.all(answered);
  }

  #commitSoon(): void {
    if (this.#closed) return;
    this.#commitTimer ??= setTimeout(() => {
      this.#commitTimer = undefined;
      void this.#commit([...this.#partitions.values()]);
    }, this.#host.commitIntervalMs);
  }

  async #commit(partitions: readonly OwnedPartition[]): Promise<void> {
    const [first] = partitions;
    const offsets: TopicPartitionOffset[] = [];
    for (const { partition, offsets: tracker } of partitions) {
      const offset = tracker.takeCommit();
      if (offset !== undefined) offsets.push({ topic: partition.topic, partition: partition.partition, offset });
    }
    if (first === undefined || offsets.length === 0) return;
    try {
      await first.member.commit(offsets);
    } catch (error) {
      // Nothing is lost: the next commit covers these records. If no commit follows, a worker gets their calls again.
      for (const { offsets: tracker } of partitions) tracker.uncommit();
      if (partitions.some(({ partition }) => this.#partitions.has(partition.partition))) this.#commitSoon();
      const regrouping = error instanceof LogError && regroupingErrors.has(error.code);
      if (!regrouping) this.#host.endpoint.warnOnce(`committing offsets of ${offsets[0]?.topic}`, error);
    }
  }
}

/**
 * Leaves a record to the next owner if none of the record's calls began or was answered. These records come after all others, because calls
 * begin in the order in which they were read.
 *
 * @returns the calls of the other records, which must end at this worker.
 */
function leaveUntouched({ unanswered }: OwnedPartition): WorkerCall[] {
  const touched = new Set<TrackedRecord>();
  for (const { call, record } of unanswered.values())
    if (call.begun || record.pending < record.calls) touched.add(record);
  const here: WorkerCall[] = [];
  for (const { call, record } of unanswered.values()) {
    if (touched.has(record)) here.push(call);
    else call.leave();
  }
  return here;
}

/** How long the worker waits for the broker to take its answers before it gives a partition back, in milliseconds. */
const FLUSH_MS = 2000;

/** Errors of a commit while the group gives out its partitions again. The next commit covers the same records. */
const regroupingErrors = new Set([
  22, // ILLEGAL_GENERATION
  25, // UNKNOWN_MEMBER_ID
  27, // REBALANCE_IN_PROGRESS
  113, // STALE_MEMBER_EPOCH
]);

function isOpening(frame: Frame): frame is OpeningFrame {
  return frame.open !== undefined;
}
