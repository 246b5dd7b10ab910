import type { LogFields, RecordObserver } from '@wherry/endpoint';
import type { LogRecord } from '@wherry/kafka';
import type { MetadataEntries } from '@wherry/wire';
import type { WorkerCounters } from './counters.js';

/**
 * Follows the calls of workers, for traces and metrics: @wherry/otel has one. Nothing in here may throw, and all of it takes
 * its time from the calls.
 */
export interface WorkerInstrumentation {
  /** A worker is about to be opened. */
  workerMade(): WorkerHooks;
}

/** What may be asked of a worker while it is open. */
export interface InstrumentedWorker {
  /** How many calls run. */
  readonly callsRunning: number;
  /** How many calls were read and wait for their turn. */
  readonly callsWaiting: number;
  /** What it met besides the calls it answered; each only grows. */
  readonly counters: Readonly<WorkerCounters>;
  /** Records that wait for room in the client library's queue. */
  readonly recordsWaiting: number;
  /** Records in its inbox that were not read yet, as far as the last fetch told. */
  readonly inboxLag: number;
  /** The same of its partitions of the request topics, by service. */
  readonly requestLag: ReadonlyMap<string, number>;
}

/** What a worker tells. */
export interface WorkerHooks {
  /** The worker is open. */
  opened?(worker: InstrumentedWorker): void;
  /** The worker is closed, or could not be opened. */
  closed?(): void;
  /** Sees each record that the worker sends or reads. */
  readonly records?: RecordObserver | undefined;
  /** A call was read from its request topic; undefined: the call is not followed. */
  callRead(call: ReadCall): ServedCallHooks | undefined;
}

/** A call as it came from its request topic. */
export interface ReadCall {
  readonly callId: string;
  /** `/package.Service/Method`. */
  readonly method: string;
  readonly metadata: MetadataEntries;
  readonly record: LogRecord;
  /** How many calls the record opens. */
  readonly callsInRecord: number;
  /** The consumer group that read it. */
  readonly group: string;
  /**
   * The record was written before this worker got its partition: another worker may have begun the call, and died or left
   * before its offset was committed.
   */
  readonly mayBeRedelivered: boolean;
}

/** What a call tells, from its server's side. A second end is to be passed over. */
export interface ServerCallHooks {
  /** Runs what belongs to the handler in the call's own async context. */
  run(callback: () => void): void;
  /** A message is delivered to the handler, or sent by it. */
  message(direction: 'sent' | 'received', message: unknown): void;
  /** The call ends with this; its status may be on its way still. */
  ended(status: EndOfCall): void;
}

/** What a call ended with. */
export interface EndOfCall {
  readonly code: number;
  readonly details?: string | undefined;
}

/** What a call tells that came from a request topic. */
export interface ServedCallHooks extends ServerCallHooks {
  /** What of its trace a log line has that is about the call. */
  readonly logFields?: LogFields | undefined;
  /** Its handler is about to begin. */
  begun(): void;
  /**
   * What the caller is told where the handler did not answer at once: the trace context of this attempt, to be known should
   * another worker be given the call. Undefined, once it has begun: nothing.
   */
  readonly attempt?: (() => MetadataEntries | undefined) | undefined;
  /**
   * It ends without having begun: its deadline had passed, its caller no longer wants it, or another worker is given it.
   */
  skipped(why: 'expired' | 'cancelled' | 'left'): void;
  /** The first frame of the reply is about to leave. */
  replying(): void;
  /** Nothing more is sent for the call; `replied`: but its status, which is on its way. */
  over(replied: boolean): void;
}
