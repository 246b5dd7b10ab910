import type { ServerInterceptor } from '@grpc/grpc-js';
import type { EndpointOptions } from '@wherry/endpoint';
import { checkDuration, checkMessageLength, checkWholeNumber } from '@wherry/kafka/internal';
import type { WorkerInstrumentation } from './instrumentation.js';

/** The options of {@link createWorker}. Only `brokers` is needed. */
export interface WorkerOptions extends EndpointOptions {
  /**
   * How many calls run at once. Half of this number is divided equally among the worker's services, and each service always has its part.
   * The other half is for any service. The worker reads further calls ahead: some 8,000, or fewer if they fill 16 MiB. All others wait in
   * the topic. Default 1,024.
   */
  readonly concurrency?: number | undefined;
  /**
   * How long the first message of a request may take, in milliseconds, if no reply comes before it. A call without a message does not count
   * against `concurrency`. After this time, such a call ends with DEADLINE_EXCEEDED. Default 300,000 (5 min).
   */
  readonly firstMessageTimeoutMs?: number | undefined;
  /** grpc-js server interceptors. The last of them sees a call first, as in grpc-js's `Server`. */
  readonly interceptors?: readonly ServerInterceptor[] | undefined;
  /** The largest request message that is received, in bytes; -1: any. Default 4 MiB. */
  readonly maxReceiveMessageLength?: number | undefined;
  /** The largest reply message that is sent, in bytes; -1: any. Default -1. */
  readonly maxSendMessageLength?: number | undefined;
  /**
   * Partitions of a request topic that the worker makes: at most this many workers share a service. Default: the option `partitions` of the
   * service's .proto, or else 8.
   */
  readonly partitions?: number | undefined;
  /** Copies of a request topic that the worker makes. Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined;
  /**
   * A call that still runs this long after the worker read it, in milliseconds, is accepted: the worker tells the caller that it has the
   * call. From then on the call does not hold back its partition's commit. If this worker dies, an accepted call is lost and not repeated.
   * Default 5,000.
   */
  readonly acceptAfterMs?: number | undefined;
  /** How soon an answered record is committed, in milliseconds. Default 200. */
  readonly commitIntervalMs?: number | undefined;
  /**
   * Whether the worker registers its services in the registry topic. Callers that follow the registry think that nobody serves a service
   * that is not registered. So false is for a worker whose callers all have `discovery: false` too. Default true.
   */
  readonly discovery?: boolean | undefined;
  /**
   * Watches the calls, for traces and metrics: `openTelemetry()` of @wherry/otel. Several may watch, and at most one of them may propagate
   * a context. Default: none.
   */
  readonly instrumentation?: WorkerInstrumentation | readonly WorkerInstrumentation[] | undefined;
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
      | 'firstMessageTimeoutMs'
      | 'commitIntervalMs'
      | 'discovery'
    >
  >;

/** @throws TypeError that names the option, its value, and the values that it takes. */
export function checkWorkerOptions(options: WorkerOptions): CheckedWorkerOptions {
  const checked = {
    ...options,
    concurrency: options.concurrency ?? 1024,
    interceptors: options.interceptors ?? [],
    maxReceiveMessageLength: options.maxReceiveMessageLength ?? 4 * 1024 * 1024,
    maxSendMessageLength: options.maxSendMessageLength ?? -1,
    acceptAfterMs: options.acceptAfterMs ?? 5000,
    firstMessageTimeoutMs: options.firstMessageTimeoutMs ?? 300_000,
    commitIntervalMs: options.commitIntervalMs ?? 200,
    discovery: options.discovery ?? true,
  };
  checkWholeNumber('concurrency', checked.concurrency);
  checkMessageLength('maxReceiveMessageLength', checked.maxReceiveMessageLength);
  checkMessageLength('maxSendMessageLength', checked.maxSendMessageLength);
  checkDuration('acceptAfterMs', checked.acceptAfterMs);
  checkDuration('firstMessageTimeoutMs', checked.firstMessageTimeoutMs);
  checkDuration('commitIntervalMs', checked.commitIntervalMs);
  if (options.partitions !== undefined) checkWholeNumber('partitions', options.partitions);
  if (options.replicationFactor !== undefined) checkWholeNumber('replicationFactor', options.replicationFactor);
  return checked;
}
