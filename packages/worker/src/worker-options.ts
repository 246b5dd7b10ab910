import type { ServerInterceptor } from '@grpc/grpc-js';
import type { EndpointOptions } from '@wherry/endpoint';
import { checkDuration, checkMessageLength, checkWholeNumber } from '@wherry/kafka/internal';
import type { WorkerInstrumentation } from './instrumentation.js';

/** What {@link createWorker} takes. Only `brokers` is needed. */
export interface WorkerOptions extends EndpointOptions {
  /** How many calls run at once. Some 8,000 more, or 16 MiB of them, are read ahead; all others wait in the topic. Default 1,024. */
  readonly concurrency?: number | undefined;
  /** grpc-js server interceptors; the last of them is the first to see a call, as in grpc-js's `Server`. */
  readonly interceptors?: readonly ServerInterceptor[] | undefined;
  /** The largest request message taken, in bytes; -1: any. Default 4 MiB. */
  readonly maxReceiveMessageLength?: number | undefined;
  /** The largest reply message sent, in bytes; -1: any. Default -1. */
  readonly maxSendMessageLength?: number | undefined;
  /**
   * Partitions of a request topic that the worker makes. At most so many workers share a service. Default: what the service's .proto
   * says in its option `partitions`, else 8.
   */
  readonly partitions?: number | undefined;
  /** Copies of a request topic that the worker makes. Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined;
  /**
   * A unary call that runs longer is accepted: it then no longer holds back its partition's commit, but is lost, not
   * repeated, when this worker dies. Milliseconds. Default 5,000.
   */
  readonly acceptAfterMs?: number | undefined;
  /** How soon an answered record is committed, in milliseconds. Default 200. */
  readonly commitIntervalMs?: number | undefined;
  /**
   * Whether callers are told in the registry topic what this worker serves. Callers that follow it think that nobody serves
   * what is not told there, so false is for a worker whose callers all have `discovery: false` too. Default true.
   */
  readonly discovery?: boolean | undefined;
  /** What follows the calls, for traces and metrics: `openTelemetry()` of @wherry/otel. Default: nothing does. */
  readonly instrumentation?: WorkerInstrumentation | undefined;
}

export type CheckedWorkerOptions = WorkerOptions &
  Required<
    Pick<
      { [K in keyof WorkerOptions]: NonNullable<WorkerOptions[K]> },
      | 'concurrency'
      | 'interceptors'
      | 'maxReceiveMessageLength'
      | 'maxSendMessageLength'
      | 'acceptAfterMs'
      | 'commitIntervalMs'
      | 'discovery'
    >
  >;

/** @throws TypeError that names the option, what it was, and what would be right. */
export function checkWorkerOptions(options: WorkerOptions): CheckedWorkerOptions {
  const checked = {
    ...options,
    concurrency: options.concurrency ?? 1024,
    interceptors: options.interceptors ?? [],
    maxReceiveMessageLength: options.maxReceiveMessageLength ?? 4 * 1024 * 1024,
    maxSendMessageLength: options.maxSendMessageLength ?? -1,
    acceptAfterMs: options.acceptAfterMs ?? 5000,
    commitIntervalMs: options.commitIntervalMs ?? 200,
    discovery: options.discovery ?? true,
  };
  checkWholeNumber('concurrency', checked.concurrency);
  checkMessageLength('maxReceiveMessageLength', checked.maxReceiveMessageLength);
  checkMessageLength('maxSendMessageLength', checked.maxSendMessageLength);
  checkDuration('acceptAfterMs', checked.acceptAfterMs);
  checkDuration('commitIntervalMs', checked.commitIntervalMs);
  if (options.partitions !== undefined) checkWholeNumber('partitions', options.partitions);
  if (options.replicationFactor !== undefined) checkWholeNumber('replicationFactor', options.replicationFactor);
  return checked;
}
