/**
 * gRPC's service config, as JSON: the settings of a method's calls. The caller may override them call by call. A config that was written
 * for another gRPC client fits. Its fields for load balancing are ignored, because the workers' consumer group balances the load.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/service_config.md
 */
export interface ServiceConfig {
  /** For the calls of a method, only the entry with the most specific name counts. */
  readonly methodConfig?: readonly MethodConfig[] | undefined;
  /** When to stop further attempts because too many calls fail. Default: never. */
  readonly retryThrottling?: RetryThrottlingConfig | undefined;
}

/** An entry of a service config: the settings of some methods. gRFC A6 and gRPC's `service_config.proto` define the meanings. */
export interface MethodConfig {
  /** The methods that the entry is for. Each name may appear once in the whole config. */
  readonly name: readonly MethodName[];
  /** Whether calls wait if nobody serves the service, unless their metadata says otherwise. */
  readonly waitForReady?: boolean | undefined;
  /** How long a call may take, such as `1.5s`. An earlier deadline of the call takes precedence. */
  readonly timeout?: string | undefined;
  /** The largest message that is sent, in bytes. A lower `maxSendMessageLength` of the channel takes precedence. */
  readonly maxRequestMessageBytes?: number | undefined;
  /** The largest message that is received, in bytes. A lower `maxReceiveMessageLength` of the channel takes precedence. */
  readonly maxResponseMessageBytes?: number | undefined;
  /** When a failed call is made again. Not together with `hedgingPolicy`. */
  readonly retryPolicy?: RetryPolicyConfig | undefined;
  /** Makes a call several times at once, and takes the first answer. Not together with `retryPolicy`. */
  readonly hedgingPolicy?: HedgingPolicyConfig | undefined;
}

/** The name of a method. Without `method` it means all methods of the service; without both fields, all methods of all services. */
export interface MethodName {
  /** `package.Service`. */
  readonly service?: string | undefined;
  readonly method?: string | undefined;
}

/** @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#retry-policy */
export interface RetryPolicyConfig {
  /** How often the call is made at most, including the first time: 2 or more. More than 5 counts as 5. */
  readonly maxAttempts: number;
  /** The pause before the second attempt, such as `0.1s`, plus or minus a random part of up to a fifth. */
  readonly initialBackoff: string;
  /** The longest pause, plus or minus up to a fifth. */
  readonly maxBackoff: string;
  /** The factor by which each pause is longer than the one before. */
  readonly backoffMultiplier: number;
  /** The status codes that lead to another attempt, as names or numbers. */
  readonly retryableStatusCodes: readonly (string | number)[];
}

/** @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#hedging-policy */
export interface HedgingPolicyConfig {
  /** How often the call is made at most, including the first time: 2 or more. More than 5 counts as 5. */
  readonly maxAttempts: number;
  /** The pause between one attempt and the next, while no attempt was answered. Default `0s`: all at once. */
  readonly hedgingDelay?: string | undefined;
  /** The status codes of an attempt that let the other attempts continue. Default: none, so any failure ends the call. */
  readonly nonFatalStatusCodes?: readonly (string | number)[] | undefined;
}

/** @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs */
export interface RetryThrottlingConfig {
  /**
   * The number of tokens. Each failure takes one. While half of them or fewer are left, no further attempt is made. Above 0, up to 1000.
   */
  readonly maxTokens: number;
  /** How much of a token each success gives back. At least 0.001; decimals after the third are cut. */
  readonly tokenRatio: number;
}
