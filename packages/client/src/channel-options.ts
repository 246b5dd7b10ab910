import type { EndpointOptions } from '@wherry/endpoint';
import { checkMessageLength, checkWholeNumber } from '@wherry/kafka/internal';
import { type CheckedServiceConfig, checkServiceConfig } from './check-service-config.js';
import type { ClientInstrumentation } from './instrumentation.js';
import { ReplayBudget } from './retry/replay-buffer.js';
import { RetryThrottle } from './retry/retry-throttle.js';
import type { ServiceConfig } from './service-config.js';

/** The options of {@link createChannel}. Only `brokers` is needed. */
export interface ChannelOptions extends EndpointOptions {
  /** The largest message that is received, in bytes; -1: any. Default 4 MiB, as in every gRPC implementation. */
  readonly maxReceiveMessageLength?: number | undefined;
  /** The largest message that is sent, in bytes; -1: any. Default -1. */
  readonly maxSendMessageLength?: number | undefined;
  /** Timeouts, limits, retries and hedging by method, as in gRFC A6. Default: none. */
  readonly serviceConfig?: ServiceConfig | undefined;
  /**
   * Whether the channel calls a method again if the worker was lost and the method's `idempotency_level` is NO_SIDE_EFFECTS or IDEMPOTENT.
   * It does so twice at most. It does not do so if the service config has an entry for the method or its service, or a policy for all
   * methods. Default true.
   */
  readonly retryIdempotent?: boolean | undefined;
  /**
   * How many bytes of a request are kept for further attempts. A request that grows beyond this gets no further attempt. Default 1 MiB, as
   * grpc's `grpc.per_rpc_retry_buffer_size`.
   */
  readonly perRpcRetryBufferBytes?: number | undefined;
  /** The same for all calls of the channel together. Default 16 MiB, as grpc's `grpc.retry_buffer_size`. */
  readonly retryBufferBytes?: number | undefined;
  /**
   * Whether the channel follows the registry topic, which says which services are served. With false, a service counts as served if it has
   * a request topic, even if no worker is alive. False is for clusters where the registry topic may not be made or read, and for workers
   * that do not register. Default true.
   */
  readonly discovery?: boolean | undefined;
  /**
   * Watches the calls, for traces and metrics: `openTelemetry()` of @wherry/otel. Several may watch, and at most one of them may propagate
   * a context. Default: none.
   */
  readonly instrumentation?: ClientInstrumentation | readonly ClientInstrumentation[] | undefined;
}

/** The options of a channel, checked, and the objects that were made from them. */
export interface CheckedChannelOptions {
  readonly target: string;
  readonly limits: { readonly maxReceiveMessageLength: number; readonly maxSendMessageLength: number };
  readonly serviceConfig: CheckedServiceConfig | undefined;
  readonly retryIdempotent: boolean;
  readonly replayBudget: ReplayBudget;
  readonly throttle: RetryThrottle | undefined;
  readonly discovery: boolean;
}

/** @throws TypeError that names the option, its value, and the values that it takes. */
export function checkChannelOptions(options: ChannelOptions): CheckedChannelOptions {
  const { maxReceiveMessageLength = 4 * 1024 * 1024, maxSendMessageLength = -1 } = options;
  const { retryBufferBytes = 16 * 1024 * 1024, perRpcRetryBufferBytes = 1024 * 1024 } = options;
  checkMessageLength('maxReceiveMessageLength', maxReceiveMessageLength);
  checkMessageLength('maxSendMessageLength', maxSendMessageLength);
  checkWholeNumber('retryBufferBytes', retryBufferBytes, undefined, 'bytes');
  checkWholeNumber('perRpcRetryBufferBytes', perRpcRetryBufferBytes, undefined, 'bytes');
  const serviceConfig = options.serviceConfig === undefined ? undefined : checkServiceConfig(options.serviceConfig);
  return {
    target: `kafka:${options.brokers}`,
    limits: { maxReceiveMessageLength, maxSendMessageLength },
    serviceConfig,
    retryIdempotent: options.retryIdempotent ?? true,
    replayBudget: new ReplayBudget(retryBufferBytes, perRpcRetryBufferBytes),
    throttle: serviceConfig?.throttling === undefined ? undefined : new RetryThrottle(serviceConfig.throttling),
    discovery: options.discovery ?? true,
  };
}
