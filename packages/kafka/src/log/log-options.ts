import type { LogRecord } from './log.js';
import type { LogError } from './log-error.js';

/** An option of librdkafka, by its name in https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md. */
export type KafkaOptions = Readonly<Record<string, string | number | boolean>>;

/** How records may be compressed. */
export const compressions = ['none', 'lz4', 'snappy', 'gzip', 'zstd'] as const;
/** One of {@link compressions}. */
export type Compression = (typeof compressions)[number];

/** What everything that speaks to Kafka takes. */
export interface KafkaConnectionOptions {
  /** Where the cluster is: `host:port`, several separated by commas, as in Kafka's `bootstrap.servers`. */
  readonly brokers: string;
  /** Name of this program in the brokers' logs and quotas. Default `wherry`. */
  readonly clientId?: string | undefined;
  /** How long opening waits for a first broker, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How records are compressed on their way to the brokers and in their topics: `none`, `lz4`, `snappy`, `gzip`, or `zstd` where
   * librdkafka was built with it. Readers need no option. Default `none`: docs/performance.md says what the others cost.
   */
  readonly compression?: Compression | undefined;
  /** librdkafka options for every client (security, sockets), over Wherry's own. */
  readonly kafka?: KafkaOptions | undefined;
  /** librdkafka options for producers alone. */
  readonly producer?: KafkaOptions | undefined;
  /** librdkafka options for consumers alone. */
  readonly consumer?: KafkaOptions | undefined;
}

export interface LogOptions extends KafkaConnectionOptions {
  /** Whether `produce` may be given a callback for the broker's acknowledgement. It costs a report a record. */
  readonly acknowledgements: boolean;
  /** A record that the broker will not have after all. */
  onUndelivered(record: Pick<LogRecord, 'topic' | 'partition' | 'key'>, error: LogError): void;
  /** Something went wrong with the connection; the client library keeps trying. */
  onTrouble(error: LogError): void;
}

/** Options with every default filled in, and checked. */
export interface CheckedConnectionOptions extends KafkaConnectionOptions {
  readonly clientId: string;
  readonly connectTimeoutMs: number;
  readonly compression: Compression;
  readonly kafka: KafkaOptions;
  readonly producer: KafkaOptions;
  readonly consumer: KafkaOptions;
}

/** @throws TypeError that names the option, what it was, and what would be right. */
export function checkConnectionOptions(options: KafkaConnectionOptions): CheckedConnectionOptions {
  const { brokers, clientId = 'wherry', connectTimeoutMs = 10_000, compression = 'none' } = options;
  if (typeof brokers !== 'string' || !brokers.split(',').every((broker) => /^.+:\d+$/.test(broker.trim()))) {
    throw new TypeError(`brokers is ${JSON.stringify(brokers)}; it must be HOST:PORT, or several separated by commas`);
  }
  checkDuration('connectTimeoutMs', connectTimeoutMs);
  if (!compressions.includes(compression)) {
    throw new TypeError(`compression is ${JSON.stringify(compression)}; it must be one of ${compressions.join(', ')}`);
  }
  return {
    ...options,
    clientId,
    connectTimeoutMs,
    compression,
    kafka: options.kafka ?? {},
    producer: options.producer ?? {},
    consumer: options.consumer ?? {},
  };
}

/** @throws TypeError unless `value` is a whole number of milliseconds above 0 that a timer can wait for. */
export function checkDuration(name: string, value: number): void {
  checkWholeNumber(name, value, 2 ** 31 - 1, 'milliseconds');
}

/** @throws TypeError unless `value` is a whole number from 1 to `max`. */
export function checkWholeNumber(name: string, value: number, max = Number.MAX_SAFE_INTEGER, unit = ''): void {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new TypeError(`${name} is ${value}; it must be a whole number${unit && ` of ${unit}`} from 1 to ${max}`);
  }
}

/** @throws TypeError unless `value` is a number of bytes, or -1 for no limit. */
export function checkMessageLength(name: string, value: number): void {
  if (!Number.isInteger(value) || value < -1) {
    throw new TypeError(`${name} is ${value}; it must be a whole number of bytes, or -1 for no limit`);
  }
}

/** The name of the topic by which an embedded broker tells its clients what it is. */
export const embeddedMarkerTopic = 'wherry.embedded';

/** Options that librdkafka keeps for each topic; node-rdkafka wants them apart, and loses them among the others. */
const topicOptionNames = new Set([
  'acks',
  'request.required.acks',
  'request.timeout.ms',
  'message.timeout.ms',
  'delivery.timeout.ms',
  'partitioner',
  'compression.level',
  'auto.offset.reset',
]);

/** librdkafka would not take an option; it names the one in what it says. */
export function wrongOption(where: string, cause: unknown): TypeError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new TypeError(`an option of librdkafka (in ${where}) is wrong: ${said}`, { cause });
}

/** The two arguments that node-rdkafka's clients are made with. */
export function clientArguments(options: KafkaOptions): [global: KafkaOptions, topic: KafkaOptions] {
  const entries = Object.entries(options);
  return [
    Object.fromEntries(entries.filter(([name]) => !topicOptionNames.has(name))),
    Object.fromEntries(entries.filter(([name]) => topicOptionNames.has(name))),
  ];
}

/**
 * librdkafka's options for both kinds of client. Nagle's algorithm would hold back small records; missing topics must
 * not appear because someone asked for them.
 */
function commonOptions(options: CheckedConnectionOptions): KafkaOptions {
  return {
    'bootstrap.servers': options.brokers,
    'client.id': options.clientId,
    'socket.nagle.disable': true,
    'socket.keepalive.enable': true,
    'allow.auto.create.topics': false,
    // After a lost connection: try again soon, and not seldom.
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 2000,
    // A topic or leader that is not known yet is asked for again this often.
    'topic.metadata.refresh.fast.interval.ms': 50,
    // A broker that hangs is given up for another one after this.
    'socket.timeout.ms': 10_000,
    log_level: 3,
  };
}

/**
 * For request and reply: nothing lingers (frames are packed before they come here), and nothing is lost, repeated or
 * out of order (`enable.idempotence` implies acks from all in-sync replicas).
 */
export function producerOptions(options: CheckedConnectionOptions, acknowledgements: boolean): KafkaOptions {
  return {
    ...commonOptions(options),
    'linger.ms': 0,
    'enable.idempotence': true,
    // One request at a time. A broker that does not know a new topic yet refuses the first request, and may take a second
    // that was under way behind it; the first is then taken for a repetition, and is lost though it is acknowledged.
    'max.in.flight.requests.per.connection': 1,
    // Longer than a broker's restart, shorter than a person's patience.
    'message.timeout.ms': 30_000,
    // How long a topic that is not there may be a new one: an inbox that is gone should not hold its replies for longer.
    'topic.metadata.propagation.max.ms': 5000,
    'queue.buffering.max.kbytes': 131_072,
    'compression.codec': options.compression,
    dr_cb: true,
    'delivery.report.only.error': !acknowledgements,
    ...options.kafka,
    ...options.producer,
  };
}

/** The largest record that a producer with these options takes. */
export function maxRecordBytes({ kafka, producer }: KafkaConnectionOptions): number {
  const name = 'message.max.bytes';
  return Number(producer?.[name] ?? kafka?.[name] ?? 1_000_000);
}

/**
 * For request and reply: a fetch is answered as soon as there is one byte. What is fetched ahead is kept small; a
 * consumer of a log would take 64 MiB.
 */
export function consumerOptions(options: CheckedConnectionOptions, embedded: boolean): KafkaOptions {
  return {
    ...commonOptions(options),
    // librdkafka wants a group id of every consumer; one that is assigned its partition and never commits joins none.
    'group.id': `${options.clientId}.none`,
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
    'fetch.min.bytes': 1,
    // The embedded broker answers an empty fetch only when this time has passed, even if a record came meanwhile.
    'fetch.wait.max.ms': embedded ? 2 : 500,
    'fetch.error.backoff.ms': 50,
    'fetch.queue.backoff.ms': 10,
    'queued.max.messages.kbytes': 16_384,
    'fetch.message.max.bytes': 4_194_304,
    ...options.kafka,
    ...options.consumer,
  };
}

/**
 * For a member of a consumer group. Against real Kafka the classic protocol: a member that dies is missed after
 * `session.timeout.ms`, where KIP-848 leaves that to the broker (45 s by default). Against the embedded broker KIP-848:
 * there it assigns at once, where the classic protocol waits three seconds.
 */
export function groupOptions(options: CheckedConnectionOptions, embedded: boolean): KafkaOptions {
  const overrides: KafkaOptions = { ...options.kafka, ...options.consumer };
  const protocol = overrides['group.protocol'] ?? (embedded ? 'consumer' : 'classic');
  const classic: KafkaOptions = {
    'group.protocol': 'classic',
    'partition.assignment.strategy': 'cooperative-sticky',
    'session.timeout.ms': 6000,
    'heartbeat.interval.ms': 1000,
  };
  return {
    ...consumerOptions(options, embedded),
    ...(protocol === 'classic' ? classic : { 'group.protocol': protocol }),
    'auto.offset.reset': 'earliest',
    ...overrides,
  };
}
