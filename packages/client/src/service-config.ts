/**
 * gRPC's service config, as JSON: what holds for the calls of a method where the caller does not say otherwise. One that
 * was written for another gRPC client fits; what is in it for load balancing is passed over, as a log balances by itself.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/service_config.md
 */
export interface ServiceConfig {
  /** For the calls of a method the entry with the most specific name counts, and that entry alone. */
  readonly methodConfig?: readonly MethodConfig[] | undefined;
  /** When to stop trying again because too much fails. Default: never. */
  readonly retryThrottling?: RetryThrottlingConfig | undefined;
}

/** What holds for some methods of a service config. gRFC A6 and the `service_config.proto` of gRPC have the meanings. */
export interface MethodConfig {
  /** Which methods the entry is for; each name may stand once in the whole config. */
  readonly name: readonly MethodName[];
  /** Whether calls wait for a service that nobody serves, where their metadata does not say. */
  readonly waitForReady?: boolean | undefined;
  /** The longest a call may take, such as `1.5s`; a sooner deadline of its own counts. */
  readonly timeout?: string | undefined;
  /** The largest message sent, in bytes; a lower `maxSendMessageLength` of the channel counts. */
  readonly maxRequestMessageBytes?: number | undefined;
  /** The largest message taken, in bytes; a lower `maxReceiveMessageLength` of the channel counts. */
  readonly maxResponseMessageBytes?: number | undefined;
  /** When a call that failed is made again. Not together with `hedgingPolicy`. */
  readonly retryPolicy?: RetryPolicyConfig | undefined;
  /** That a call is made several times at once, and the first answer counts. Not together with `retryPolicy`. */
  readonly hedgingPolicy?: HedgingPolicyConfig | undefined;
}

/** A method; without `method` all of the service, without both every method there is. */
export interface MethodName {
  /** `package.Service`. */
  readonly service?: string | undefined;
  readonly method?: string | undefined;
}

/** @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#retry-policy */
export interface RetryPolicyConfig {
  /** How often the call is made at most, the first time included: 2 or more. More than 5 counts as 5. */
  readonly maxAttempts: number;
  /** The pause before the second attempt, such as `0.1s`, give or take a fifth at random. */
  readonly initialBackoff: string;
  /** The longest pause, give or take a fifth. */
  readonly maxBackoff: string;
  /** How many times longer each pause is than the one before. */
  readonly backoffMultiplier: number;
  /** Which ends lead to another attempt: names or numbers of status codes. */
  readonly retryableStatusCodes: readonly (string | number)[];
}

/** @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#hedging-policy */
export interface HedgingPolicyConfig {
  /** How often the call is made at most, the first time included: 2 or more. More than 5 counts as 5. */
  readonly maxAttempts: number;
  /** The pause between one attempt and the next, while none was answered. Default `0s`: all at once. */
  readonly hedgingDelay?: string | undefined;
  /** Which ends of an attempt leave the others going. Default: none, any failure ends the call. */
  readonly nonFatalStatusCodes?: readonly (string | number)[] | undefined;
}

/** @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs */
export interface RetryThrottlingConfig {
  /** Each failure takes a token, and at half of them or fewer nothing is tried again. Above 0, up to 1000. */
  readonly maxTokens: number;
  /** How much of a token each success gives back. Above 0; decimals beyond the third are cut. */
  readonly tokenRatio: number;
}
