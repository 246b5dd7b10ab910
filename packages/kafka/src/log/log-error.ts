/** What a Kafka error is to a gRPC call; the numbers are gRPC status codes. */
const statusOfError = new Map<number, number>([
  [10, 8], // MSG_SIZE_TOO_LARGE: RESOURCE_EXHAUSTED
  [18, 8], // RECORD_LIST_TOO_LARGE: RESOURCE_EXHAUSTED
  [-184, 8], // _QUEUE_FULL: RESOURCE_EXHAUSTED
  [29, 7], // TOPIC_AUTHORIZATION_FAILED: PERMISSION_DENIED
  [30, 7], // GROUP_AUTHORIZATION_FAILED: PERMISSION_DENIED
  [31, 7], // CLUSTER_AUTHORIZATION_FAILED: PERMISSION_DENIED
  [-169, 16], // _AUTHENTICATION: UNAUTHENTICATED
  [58, 16], // SASL_AUTHENTICATION_FAILED: UNAUTHENTICATED
]);
const UNAVAILABLE = 14;

/** librdkafka's and Kafka's error codes that Wherry asks for by name. */
export const kafkaErrors = {
  unknownTopic: 3,
  topicExists: 36,
  localUnknownTopic: -188,
  localUnknownPartition: -190,
  assignPartitions: -175,
  revokePartitions: -174,
  allBrokersDown: -187,
  noOffset: -168,
  maxPollExceeded: -147,
} as const;

/**
 * A Kafka operation that failed. This is the one place that says what a Kafka error is to a call: `status` is the gRPC
 * status code a call that meets it ends with, and only UNAVAILABLE (14) is worth another try.
 */
export class LogError extends Error {
  override readonly name = 'LogError';
  /** Kafka's error code, or librdkafka's own where it is negative. */
  readonly code: number;
  readonly status: number;

  constructor(message: string, options: { code: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.status = statusOfError.get(options.code) ?? UNAVAILABLE;
  }

  get retriable(): boolean {
    return this.status === UNAVAILABLE;
  }

  /** The error that a client library threw or passed while `doing` something. */
  static from(doing: string, cause: unknown): LogError {
    if (cause instanceof LogError) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? Number(cause.code) : Number.NaN;
    return new LogError(`${doing}: ${message}`, { code: Number.isNaN(code) ? -1 : code, cause });
  }
}
