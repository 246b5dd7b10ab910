import type { LogFields, RecordObserver } from '@wherry/endpoint';
import type { LogRecord } from '@wherry/kafka';
import type { MetadataEntries } from '@wherry/wire';
import type { WorkerCounters } from './counters.js';

/**
 * Watches the calls of workers, for traces and metrics: `openTelemetry()` of @wherry/otel is one. Its methods must not throw. They
 * delay the calls, so they must be fast.
 */
export interface WorkerInstrumentation {
  /** A worker is about to be opened. */
  workerMade(): WorkerObserver;
}

/** The state of an open worker, for metrics. */
export interface InstrumentedWorker {
  /** How many calls are running. */
  readonly callsRunning: number;
  /** How many calls were read and wait for their turn. */
  readonly callsWaiting: number;
  /** Counts of calls that began or were passed over, and of records that the worker could not use. Each count only grows. */
  readonly counters: Readonly<WorkerCounters>;
  /** How many records wait for room in the client library's queue. */
  readonly recordsWaiting: number;
  /** How many records in the worker's inbox were not read yet, as of the last fetch. */
  readonly inboxLag: number;
  /** How many records in the worker's partitions of the request topics were not read yet, by service. */
  readonly requestLag: ReadonlyMap<string, number>;
}

/** Watches one worker. A worker has any number of observers. */
export interface WorkerObserver {
  /** The worker is open. */
  opened?(worker: InstrumentedWorker): void;
  /** The worker is closed, or could not be opened. */
  closed?(): void;
  /** Sees each record that the worker sends or reads. */
  readonly records?: RecordObserver | undefined;
  /**
   * Whether the observers of the worker's calls have a {@link ServerCallObserver.propagator}. Only one observer of a worker may propagate:
   * a handler runs in one context. Default false.
   */
  readonly propagates?: boolean | undefined;
  /** A call was read from its request topic. @returns undefined if the observer does not watch this call. */
  callRead(call: ReadCall): ServedCallObserver | undefined;
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
  /** The consumer group that read the call. */
  readonly group: string;
  /**
   * The record was written before this worker got the record's partition: another worker may have begun the call, and died or left before
   * it committed the offset.
   */
  readonly mayBeRedelivered: boolean;
}

/** Watches one call, at its server. `ended` may be called twice: an observer ignores the second time. */
export interface ServerCallObserver {
  /** A message is delivered to the handler, or sent by it. */
  message(direction: 'sent' | 'received', message: unknown): void;
  /** The call ends with this status, which may still be on its way. */
  ended(status: EndOfCall): void;
  /** Carries the context of the call into its handler, if the observer propagates. */
  readonly propagator?: ServerCallPropagator | undefined;
}

/** Carries the context of a call, such as its trace, into its handler and back to its caller. */
export interface ServerCallPropagator {
  /** Runs the handler's code in the call's own async context. */
  run(callback: () => void): void;
  /** The fields that name the call's trace in a log line about the call. */
  readonly logFields?: LogFields | undefined;
  /**
   * The trace context of this attempt. The worker sends it to the caller if the handler does not answer at once, so the caller knows of the
   * attempt even if another worker gets the call. Undefined before the call begins, and if the call is not traced.
   */
  readonly attempt?: (() => MetadataEntries | undefined) | undefined;
}

/** The end of a call. */
export interface EndOfCall {
  /** A gRPC status code. */
  readonly code: number;
  readonly details?: string | undefined;
}

/** Watches one call that came from a request topic. */
export interface ServedCallObserver extends ServerCallObserver {
  /** The call's handler is about to begin. */
  begun(): void;
  /** The call ends without having begun: its deadline had passed, its caller no longer wants it, or another worker gets it. */
  skipped(why: 'expired' | 'cancelled' | 'left'): void;
  /** The first frame of the reply is about to leave. */
  replying(): void;
  /** The call is over, and makes no more frames. If `replied` is true, the last one, its status, is still on its way. */
  over(replied: boolean): void;
}
