/** The gRPC status code for each Kafka error code. All other errors are UNAVAILABLE. */
const statusOfError = new Map<number, number>([
  [10, 8], // MSG_SIZE_TOO_LARGE: RESOURCE_EXHAUSTED
  [18, 8], // RECORD_LIST_TOO_LARGE: RESOURCE_EXHAUSTED
  [-184, 8], // _QUEUE_FULL: RESOURCE_EXHAUSTED
  [29, 7], // TOPIC_AUTHORIZATION_FAILED: PERMISSION_DENIED
  [30, 7], // GROUP_AUTHORIZATION_FAILED: PERMISSION_DENIED
  [31, 7], // CLUSTER_AUTHORIZATION_FAILED: PERMISSION_DENIED
  [-169, 16], // _AUTHENTICATION: UNAUTHENTICATED
  [35, 9], // UNSUPPORTED_VERSION: FAILED_PRECONDITION
  [58, 16], // SASL_AUTHENTICATION_FAILED: UNAUTHENTICATED
]);
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;

/** Error codes by text. node-rdkafka gives some errors, mainly those of deliveries, only as a text that it makes from librdkafka's text. */
const codeOfText = new Map<string, number>([
  ['broker: unknown topic or partition', 3],
  ['broker: message size too large', 10],
  ['broker: message batch larger than configured server segment size', 18],
  ['broker: topic authorization failed', 29],
  ['broker: group authorization failed', 30],
  ['broker: cluster authorization failed', 31],
  ['broker: sasl authentication failed', 58],
  ['broker: coordinator load in progress', 14],
  ['broker: coordinator not available', 15],
  ['broker: not coordinator', 16],
  ['local: fatal error', -150],
  ['local: authentication failure', -169],
  ['local: broker transport failure', -195],
  ['local: host resolution failure', -193],
  ['local: ssl error', -181],
  ['local: not implemented', -170],
  ['local: queue full', -184],
  ['local: all broker connections are down', -187],
  ['local: unknown topic', -188],
  ['local: unknown partition', -190],
  ['local: message timed out', -192],
]);

/** The rights that an operation needs, each as `OPERATION on RESOURCE`. */
export interface Rights {
  readonly topic?: string;
  readonly group?: string;
  readonly cluster?: string;
}

/** For each error code of a missing right, the kind of resource that it is about. */
const resourceOfError = new Map<number, keyof Rights>([
  [29, 'topic'],
  [30, 'group'],
  [31, 'cluster'],
]);

/** What to do about errors that end the reading of a consumer. */
const remedies = new Map<number, string>([
  [-150, 'the group may have another member with the same group.instance.id; give each member its own'],
  [-170, 'this build of librdkafka cannot decompress a record; give the topic another compression.type'],
]);

/** The error codes of librdkafka and Kafka that Wherry uses by name. */
export const kafkaErrors = {
  leaderNotAvailable: 5,
  notLeader: 6,
  unknownTopic: 3,
  topicExists: 36,
  localUnknownTopic: -188,
  localUnknownPartition: -190,
  assignPartitions: -175,
  revokePartitions: -174,
  allBrokersDown: -187,
  fatal: -150,
  authentication: -169,
  ssl: -181,
  resolve: -193,
  transport: -195,
  queueFull: -184,
  topicAuthorization: 29,
  unknownMember: 25,
  unsupportedVersion: 35,
} as const;

/**
 * A Kafka operation that failed. This class decides what a Kafka error means for a call: `status` is the gRPC
 * status code of a call that fails with this error. Only UNAVAILABLE (14) is worth another try.
 */
export class LogError extends Error {
  override readonly name = 'LogError';
  /** Kafka's error code. A negative code is librdkafka's own. */
  readonly code: number;
  readonly status: number;

  constructor(message: string, options: { code: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.status = statusOfError.get(options.code) ?? UNAVAILABLE;
  }

  /** True if the topic, or this partition of it, does not exist. */
  get topicUnknown(): boolean {
    const { unknownTopic, localUnknownTopic, localUnknownPartition } = kafkaErrors;
    return this.code === unknownTopic || this.code === localUnknownTopic || this.code === localUnknownPartition;
  }

  /** True if the partition exists, and has no leader yet or another one than the client library believes. */
  get leaderChanging(): boolean {
    return this.code === kafkaErrors.notLeader || this.code === kafkaErrors.leaderNotAvailable;
  }

  /** True if the client library's queue is full. It has room again when other records have been sent. */
  get queueFull(): boolean {
    return this.code === kafkaErrors.queueFull;
  }

  /** True if this client lacks a right. */
  get denied(): boolean {
    return this.status === PERMISSION_DENIED;
  }

  /** True if the operation may succeed when it is tried again. */
  get retriable(): boolean {
    return this.status === UNAVAILABLE;
  }

  /**
   * Converts an error of the client library. A LogError stays as it is.
   *
   * @param doing the operation that failed, such as `sending a record to orders`. It begins the message.
   * @param rights those that the operation needs. If one of them is missing, the message says so.
   */
  static from(doing: string, cause: unknown, rights: Rights = {}): LogError {
    if (cause instanceof LogError) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const code = codeOf(cause);
    const resource = resourceOfError.get(code);
    const right = resource === undefined ? undefined : rights[resource];
    const remedy = right === undefined ? '' : ` (this client needs the right ${right})`;
    return new LogError(`${doing}: ${message}${remedy}`, { code, cause });
  }
}

/** The error that ended the reading of a consumer. Its message says what to do, if that is known. */
export function endOfReading(doing: string, cause: unknown, rights: Rights): LogError {
  const { message, code } = LogError.from(doing, cause, rights);
  const remedy = remedies.get(code);
  return new LogError(`${message}${remedy === undefined ? '' : ` (${remedy})`}`, { code, cause });
}

/** The code of an error of the client library; -1 if it is unknown. */
function codeOf(cause: unknown): number {
  if (typeof cause !== 'object' || cause === null) return -1;
  if ('code' in cause && typeof cause.code === 'number' && cause.code !== -1) return cause.code;
  const text = 'message' in cause ? String(cause.message) : '';
  const origin = 'origin' in cause ? `${cause.origin}: ` : '';
  return codeOfText.get(`${origin}${text}`.toLowerCase()) ?? codeOfText.get(text.toLowerCase()) ?? -1;
}
