import type { EndpointOptions } from '@wherry/endpoint';
import { checkMessageLength, checkWholeNumber } from '@wherry/kafka/internal';
import type { ClientInstrumentation } from './instrumentation.js';
import { ReplayBudget } from './retry/replay-buffer.js';
import type { ServiceConfig } from './service-config.js';

/** What {@link createChannel} takes. Only `brokers` is needed. */
export interface ChannelOptions extends EndpointOptions {
  /** The largest message taken, in bytes; -1: any. Default 4 MiB, as in every gRPC implementation. */
  readonly maxReceiveMessageLength?: number | undefined;
  /** The largest message sent, in bytes; -1: any. Default -1. */
  readonly maxSendMessageLength?: number | undefined;
  /** What holds for the calls of which method: timeouts, limits, retries, hedging. Default: nothing in particular. */
  readonly serviceConfig?: ServiceConfig | undefined;
  /**
   * Whether a method whose `idempotency_level` is NO_SIDE_EFFECTS or IDEMPOTENT is called again, twice at most, when its
   * worker was lost, where no service config has an entry for it. Default true.
   */
  readonly retryIdempotent?: boolean | undefined;
  /**
   * How much of a request is kept for further attempts, in bytes; one that grows beyond it gets none. Default 1 MiB, as
   * grpc's `grpc.per_rpc_retry_buffer_size`.
   */
  readonly perRpcRetryBufferBytes?: number | undefined;
  /** The same for all calls of the channel together. Default 16 MiB, as grpc's `grpc.retry_buffer_size`. */
  readonly retryBufferBytes?: number | undefined;
  /**
   * Whether the registry topic says who serves what. With false a service counts as served when it has a request topic, be a
   * worker alive or not: for clusters where the registry topic may not be made or read, and for workers that do not
   * register. Default true.
   */
  readonly discovery?: boolean | undefined;
  /** What follows the calls, for traces and metrics: `openTelemetry()` of @wherry/otel. Default: nothing does. */
  readonly instrumentation?: ClientInstrumentation | undefined;
}

/** @throws TypeError that names the option, what it was, and what would be right. */
export function checkLimits(options: ChannelOptions): {
  maxReceiveMessageLength: number;
  maxSendMessageLength: number;
} {
  const { maxReceiveMessageLength = 4 * 1024 * 1024, maxSendMessageLength = -1 } = options;
  checkMessageLength('maxReceiveMessageLength', maxReceiveMessageLength);
  checkMessageLength('maxSendMessageLength', maxSendMessageLength);
  return { maxReceiveMessageLength, maxSendMessageLength };
}

/** @throws TypeError that names the option, what it was, and what would be right. */
export function checkReplayBudget(options: ChannelOptions): ReplayBudget {
  const { retryBufferBytes = 16 * 1024 * 1024, perRpcRetryBufferBytes = 1024 * 1024 } = options;
  checkWholeNumber('retryBufferBytes', retryBufferBytes, undefined, 'bytes');
  checkWholeNumber('perRpcRetryBufferBytes', perRpcRetryBufferBytes, undefined, 'bytes');
  return new ReplayBudget(retryBufferBytes, perRpcRetryBufferBytes);
}
