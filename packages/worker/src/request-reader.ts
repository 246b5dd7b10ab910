import { requestTopic } from '@wherry/endpoint';
import { type Endpoint, isolate, LiveMap } from '@wherry/endpoint/internal';
import {
  type GroupReader,
  LogError,
  type LogRecord,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@wherry/kafka';
import type { Frame, InboxAddress, Opening } from '@wherry/wire';
import { OffsetTracker, type TrackedRecord } from './offset-tracker.js';
import type { WorkerCall } from './worker-call.js';

export type OpeningFrame = Frame & { callId: string; open: Opening };

/** What a reader of requests needs of its worker. */
export interface RequestHost {
  readonly endpoint: Endpoint;
  readonly commitIntervalMs: number;
  /** A call to this worker; undefined where it needs no answer (it has expired, or was cancelled). */
  onOpening(frame: OpeningFrame, caller: InboxAddress, from: Source): WorkerCall | undefined;
  /** Any other frame of a call: its cancel, before it was accepted. */
  onFrame(frame: Frame, caller: InboxAddress): void;
}

/** Where a call was read. */
export interface Source {
  readonly record: LogRecord;
  /** How many calls the record opens. */
  readonly calls: number;
  readonly group: string;
  /** When this worker got the partition. */
  readonly assignedAt: number;
}

class UnansweredCall {
  constructor(
    readonly call: WorkerCall,
    readonly record: TrackedRecord,
  ) {}
}

/** A partition this worker has: what may be committed, and which of its calls are not answered. */
interface Share {
  readonly partition: TopicPartition;
  readonly assignedAt: number;
  readonly offsets: OffsetTracker;
  /** By call id. */
  readonly unanswered: LiveMap<UnansweredCall>;
}

class CallSource implements Source {
  readonly group: string;
  readonly assignedAt: number;

  constructor(
    readonly record: LogRecord,
    readonly calls: number,
    readonly share: Share,
    readonly tracked: TrackedRecord,
  ) {
    this.group = record.topic;
    this.assignedAt = share.assignedAt;
  }
}

/**
 * Reads the requests of one service as a member of its consumer group, and commits a record when all its calls are
 * answered. When the group takes a partition away, the calls of it that were begun are accepted, so that its next owner does
 * not begin them again, those that were only read are left to it, and what is answered is committed.
 */
export class RequestReader {
  readonly service: string;
  readonly #host: RequestHost;
  readonly #shares = new Map<number, Share>();
  #reader!: GroupReader;
  #commitTimer: NodeJS.Timeout | undefined;
  #leaving = false;
  #left = false;

  private constructor(host: RequestHost, service: string) {
    this.#host = host;
    this.service = service;
  }

  /** Joins the group of the service's workers; its name is that of the topic. */
  static async open(host: RequestHost, service: string): Promise<RequestReader> {
    const reader = new RequestReader(host, service);
    const topic = requestTopic(host.endpoint.namespace, service);
    reader.#reader = await host.endpoint.log.readGroup({
      topic,
      group: topic,
      onRecord: (record) => reader.#onRecord(record),
      onError: (error) => host.endpoint.warnOnce(`reading requests of ${service}`, error),
      onAssigned: (partitions) => reader.#onAssigned(partitions),
      onRevoked: (partitions) => reader.#onRevoked(partitions),
    });
    return reader;
  }

  /** The partitions of the request topic that are this worker's now. */
  get partitions(): readonly number[] {
    return [...this.#shares.keys()];
  }

  /** Records of its partitions that were not read yet, as far as the last fetch told. */
  get lag(): number {
    return this.#reader.lag;
  }

  pause(): void {
    this.#reader.pause();
  }

  resume(): void {
    this.#reader.resume();
  }

  /** Leaves the group. With `abandon` the calls that are not answered are left for other workers. */
  async leave({ abandon }: { abandon: boolean }): Promise<void> {
    this.#leaving = abandon;
    await this.#reader.close();
    this.#left = true;
    clearTimeout(this.#commitTimer);
  }

  #onRecord(record: LogRecord): void {
    const share = this.#shares.get(record.partition);
    // A partition that was taken away: its next owner gets this record too.
    if (share === undefined) return;
    const envelope = this.#host.endpoint.read(record);
    const calls = envelope === undefined ? 0 : envelope.frames.filter(isOpening).length;
    const tracked = share.offsets.begin(record.offset, calls);
    if (calls === 0) this.#commitSoon();
    if (envelope === undefined) return;
    const { sender, frames } = envelope;
    const source = new CallSource(record, calls, share, tracked);
    for (const frame of frames) {
      isolate(() => {
        if (isOpening(frame)) this.#open(frame, sender, source);
        else this.#host.onFrame(frame, sender);
      });
    }
  }

  #open(frame: OpeningFrame, caller: InboxAddress, source: CallSource): void {
    const call = this.#host.onOpening(frame, caller, source);
    const { share, tracked } = source;
    if (call === undefined) {
      this.#answered(share, tracked);
      return;
    }
    share.unanswered.set(call.id, new UnansweredCall(call, tracked));
    call.whenAnswered(() => {
      share.unanswered.delete(call.id);
      this.#answered(share, tracked);
    });
  }

  #answered({ offsets }: Share, record: TrackedRecord): void {
    offsets.answered(record);
    this.#commitSoon();
  }

  #onAssigned(partitions: readonly TopicPartition[]): void {
    this.#say('given', partitions);
    for (const partition of partitions) {
      this.#shares.set(partition.partition, {
        partition,
        assignedAt: Date.now(),
        offsets: new OffsetTracker(),
        unanswered: new LiveMap(),
      });
    }
  }

  async #onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#say('taking away', partitions);
    const shares = partitions.flatMap(({ partition }) => this.#shares.get(partition) ?? []);
    for (const { partition } of partitions) this.#shares.delete(partition);
    if (this.#leaving) await this.#host.endpoint.flush(FLUSH_MS);
    else await this.#acceptAll(shares.flatMap(leaveUntouched));
    await this.#commit(shares);
  }

  #say(what: string, of: readonly TopicPartition[]): void {
    const [first] = of;
    if (first === undefined) return;
    const { topic } = first;
    const partitions = of.map(({ partition }) => partition);
    this.#host.endpoint.logger.debug?.({ topic, partitions }, `group ${topic}: ${what} ${partitions.join(', ')}`);
  }

  async #acceptAll(calls: readonly WorkerCall[]): Promise<void> {
    if (calls.length === 0) return;
    const answered = calls.map((call) => new Promise<void>((resolve) => call.whenAnswered(resolve)));
    for (const call of calls) call.accept();
    await this.#host.endpoint.flush(FLUSH_MS);
    await Promise.all(answered);
  }

  #commitSoon(): void {
    if (this.#left) return;
    this.#commitTimer ??= setTimeout(() => {
      this.#commitTimer = undefined;
      void this.#commit([...this.#shares.values()]);
    }, this.#host.commitIntervalMs);
  }

  async #commit(shares: readonly Share[]): Promise<void> {
    const offsets: TopicPartitionOffset[] = [];
    for (const { partition, offsets: tracker } of shares) {
      const offset = tracker.takeCommit();
      if (offset !== undefined) offsets.push({ topic: partition.topic, partition: partition.partition, offset });
    }
    if (offsets.length === 0) return;
    try {
      await this.#reader.commit(offsets);
    } catch (error) {
      // Nothing is lost: the next commit covers it, and without one the calls are given to a worker again.
      for (const share of shares) share.offsets.uncommit();
      if (shares.some((share) => this.#shares.has(share.partition.partition))) this.#commitSoon();
      const regrouping = error instanceof LogError && regroupingErrors.has(error.code);
      if (!regrouping) this.#host.endpoint.warnOnce(`committing offsets of ${offsets[0]?.topic}`, error);
    }
  }
}

/**
 * Leaves the records of which nothing was begun or answered to the next owner: they are behind all others, as calls are
 * begun in the order they were read.
 *
 * @returns the calls of all other records, which have to end here.
 */
function leaveUntouched({ unanswered }: Share): WorkerCall[] {
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

/** How long giving back a partition waits for the broker to have the answers. */
const FLUSH_MS = 2000;

/** What a commit meets while the group is being given its partitions anew: the next one will do. */
const regroupingErrors = new Set([
  22, // ILLEGAL_GENERATION
  25, // UNKNOWN_MEMBER_ID
  27, // REBALANCE_IN_PROGRESS
  113, // STALE_MEMBER_EPOCH
]);

function isOpening(frame: Frame): frame is OpeningFrame {
  return frame.open !== undefined && frame.callId !== undefined;
}
