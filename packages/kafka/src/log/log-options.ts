import type { LogRecord } from './log.js';
import type { LogError } from './log-error.js';

/** Options of librdkafka, by their names in https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md. */
export type KafkaOptions = Readonly<Record<string, string | number | boolean>>;

/** The codecs that can compress records. */
export const compressions = ['none', 'lz4', 'snappy', 'gzip', 'zstd'] as const;
/** One of {@link compressions}. */
export type Compression = (typeof compressions)[number];

/** The options of a connection to Kafka. */
export interface KafkaConnectionOptions {
  /** The addresses of the cluster: `host:port`, several separated by commas, as in Kafka's `bootstrap.servers`. */
  readonly brokers: string;
  /** The name of this program in the brokers' logs and quotas. Default `wherry`. */
  readonly clientId?: string | undefined;
  /** How long opening waits for the first broker, and then for the instance's own inbox, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * The codec that compresses records on their way to the brokers and in their topics: `none`, `lz4`, `snappy`, `gzip`, or, if librdkafka
   * was built with it, `zstd`. Readers need no option for it. Default `none`: docs/performance.md says what the others cost.
   */
  readonly compression?: Compression | undefined;
  /** librdkafka options for every client (security, sockets). They override Wherry's own. */
  readonly kafka?: KafkaOptions | undefined;
  /** librdkafka options only for producers. They override `kafka`. */
  readonly producer?: KafkaOptions | undefined;
  /** librdkafka options only for consumers. They override `kafka`. */
  readonly consumer?: KafkaOptions | undefined;
}

export interface LogOptions extends KafkaConnectionOptions {
  /**
   * The group id of readers that join no group. librdkafka requires a group id of every consumer, and asks the brokers for the group's
   * coordinator. For this the client needs the right to describe the group. Default `CLIENTID.none`; an instance of Wherry uses
   * `NAMESPACE.inbox.readers`.
   */
  readonly readerGroup?: string | undefined;
  /**
   * Whether `produce` takes a callback for the broker's acknowledgement. If true, the client library makes a report for each record, not
   * only for failed ones.
   */
  readonly acknowledgements: boolean;
  /** Called for each record that could not be delivered to the broker. */
  onUndelivered(record: Pick<LogRecord, 'topic' | 'partition' | 'key'>, error: LogError): void;
  /** Called for a problem with the connection. The client library keeps trying. */
  onTrouble(error: LogError): void;
  /**
   * Called when an error has ended the reading of one of the log's readers, for example because another member has fenced it, or a record
   * cannot be decompressed. The reader begins again after a pause of 0.1 to 10 s. A reader of one partition begins at the first record that
   * it has not delivered. A member of a group begins at the offsets that the group has committed.
   */
  onInterrupted?(cause: LogError): void;
}

/** Checked options, with every default filled in. */
export interface CheckedConnectionOptions extends KafkaConnectionOptions {
  readonly clientId: string;
  readonly readerGroup: string;
  readonly connectTimeoutMs: number;
  readonly compression: Compression;
  readonly kafka: KafkaOptions;
  readonly producer: KafkaOptions;
  readonly consumer: KafkaOptions;
}

/** See {@link KafkaConnectionOptions.connectTimeoutMs}. */
export const defaultConnectTimeoutMs = 10_000;

/**
 * @param builtIn the codecs that this build of librdkafka has.
 * @throws TypeError for an invalid option. The message names the option, its value, and the legal values.
 */
export function checkConnectionOptions(
  options: KafkaConnectionOptions & Pick<LogOptions, 'readerGroup'>,
  builtIn: readonly Compression[] = compressions,
): CheckedConnectionOptions {
  const { brokers, clientId = 'wherry', connectTimeoutMs = defaultConnectTimeoutMs, compression = 'none' } = options;
  if (typeof brokers !== 'string' || !brokers.split(',').every(isBroker)) {
    throw new TypeError(
      `brokers is ${JSON.stringify(brokers)}; it must be HOST:PORT without http:// or the like, or several separated by commas`,
    );
  }
  checkDuration('connectTimeoutMs', connectTimeoutMs);
  checkCompression(compression, builtIn);
  return {
    ...options,
    clientId,
    readerGroup: options.readerGroup ?? `${clientId}.none`,
    connectTimeoutMs,
    compression,
    kafka: options.kafka ?? {},
    producer: options.producer ?? {},
    consumer: options.consumer ?? {},
  };
}

/** @throws TypeError unless the codec is built in. */
function checkCompression(compression: Compression, builtIn: readonly Compression[]): void {
  if (builtIn.includes(compression)) return;
  const why = compressions.includes(compression) ? ', which this build of librdkafka does not have' : '';
  throw new TypeError(`compression is ${JSON.stringify(compression)}${why}; it must be one of ${builtIn.join(', ')}`);
}

/** Whether the text is HOST:PORT. An IPv6 address stands in brackets. librdkafka takes a security protocol before it. */
function isBroker(text: string): boolean {
  const pattern =
    /^(?:(?:plaintext|ssl|sasl_plaintext|sasl_ssl):\/\/)?(?:\[[\da-fA-F:.%\w]+\]|[^\s:/[\]]+):(\d{1,5})$/i;
  const [, port] = pattern.exec(text.trim()) ?? [];
  return port !== undefined && Number(port) > 0 && Number(port) < 65_536;
}

/** @throws TypeError unless `value` is a whole number of milliseconds above 0 and within a timer's limit. */
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

/** The name of a topic that only an embedded broker has. If a client finds this topic, the broker is embedded. */
export const embeddedMarkerTopic = 'wherry.embedded';

/** Options that librdkafka keeps per topic. node-rdkafka takes them as a separate argument, and ignores them among the global ones. */
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

/** The error for an option that librdkafka refused. librdkafka's own message names the option. */
export function wrongOption(where: string, cause: unknown): TypeError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new TypeError(`an option of librdkafka (in ${where}) is wrong: ${said}`, { cause });
}

/** Splits options into the two arguments of the constructors of node-rdkafka's clients. */
export function clientArguments(options: KafkaOptions): [global: KafkaOptions, topic: KafkaOptions] {
  const entries = Object.entries(options);
  return [
    Object.fromEntries(entries.filter(([name]) => !topicOptionNames.has(name))),
    Object.fromEntries(entries.filter(([name]) => topicOptionNames.has(name))),
  ];
}

/**
 * librdkafka's options for producers and consumers. Nagle's algorithm is off, because it would hold back small records. A
 * request about a missing topic must not make that topic.
 */
function commonOptions(options: CheckedConnectionOptions): KafkaOptions {
  return {
    'bootstrap.servers': options.brokers,
    'client.id': options.clientId,
    'socket.nagle.disable': true,
    'socket.keepalive.enable': true,
    'allow.auto.create.topics': false,
    // After a lost connection, try again soon and often.
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 2000,
    // How often to ask again for a topic or leader that is not known yet.
    'topic.metadata.refresh.fast.interval.ms': 50,
    // After this time without an answer, another broker is tried.
    'socket.timeout.ms': 10_000,
    log_level: 3,
  };
}

/**
 * A producer's options, for request and reply. Records do not linger, because frames are packed before they come here. Records are not
 * lost, repeated or reordered: `enable.idempotence` implies acknowledgements from all in-sync replicas.
 */
export function producerOptions(options: CheckedConnectionOptions, acknowledgements: boolean): KafkaOptions {
  return {
    ...commonOptions(options),
    'linger.ms': 0,
    'enable.idempotence': true,
    // One request at a time. With two, a broker that does not know a new topic yet may refuse the first and take the second. When the
    // first is sent again, the broker takes it for a repetition: it acknowledges the records and drops them.
    'max.in.flight.requests.per.connection': 1,
    // Longer than the restart of a broker, and short enough for a person who waits.
    'message.timeout.ms': 30_000,
    // How long records wait for a topic that may be new. Replies to an inbox that no longer exists wait as long before they fail.
    'topic.metadata.propagation.max.ms': 5000,
    'queue.buffering.max.kbytes': 131_072,
    'compression.codec': options.compression,
    dr_cb: true,
    'delivery.report.only.error': !acknowledgements,
    ...options.kafka,
    ...options.producer,
  };
}

/** The largest record that a producer with these options takes, in bytes. */
export function maxRecordBytes({ kafka, producer }: KafkaConnectionOptions): number {
  const name = 'message.max.bytes';
  return Number(producer?.[name] ?? kafka?.[name] ?? 1_000_000);
}

/**
 * A consumer's options, for request and reply. The broker answers a fetch as soon as it has one byte. The consumer fetches only 16 MiB
 * ahead; librdkafka's default is 64 MiB.
 */
export function consumerOptions(options: CheckedConnectionOptions, embedded: boolean): KafkaOptions {
  return {
    ...commonOptions(options),
    // This consumer joins no group: it assigns its partition itself and never commits.
    'group.id': options.readerGroup,
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
    'fetch.min.bytes': 1,
    // How long a topic that a broker does not know may still be new. A reader of a topic that was deleted hears of it after this time.
    'topic.metadata.propagation.max.ms': 5000,
    // The embedded broker answers an empty fetch only after this time, even if a record has come in the meantime.
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
 * The options of a member of a consumer group. With real Kafka the default is the classic protocol, because the member's own
 * `session.timeout.ms` then limits how long the group takes to notice a dead member. With KIP-848 the broker sets that time (45 s by
 * default). With the embedded broker the default is KIP-848. That broker assigns partitions at once with KIP-848, and only after three
 * seconds with the classic protocol.
 *
 * `debug` lets librdkafka log its work in the group, a few lines a heartbeat. Only this log says that a broker is too old for KIP-848.
 */
export function groupOptions(options: CheckedConnectionOptions, embedded: boolean): KafkaOptions {
  const overrides: KafkaOptions = { ...options.kafka, ...options.consumer };
  const protocol = overrides['group.protocol'] ?? (embedded ? 'consumer' : 'classic');
  const classic: KafkaOptions = {
    'group.protocol': 'classic',
    'partition.assignment.strategy': 'cooperative-sticky',
    'session.timeout.ms': 6000,
    'heartbeat.interval.ms': 1000,
    // A member notices that partitions were added to its topic only when it asks for the topic again. librdkafka's default is 5 minutes.
    'topic.metadata.refresh.interval.ms': 5000,
  };
  return {
    ...consumerOptions(options, embedded),
    ...(protocol === 'classic' ? classic : { 'group.protocol': protocol, ...(!embedded && { debug: 'cgrp' }) }),
    'auto.offset.reset': 'earliest',
    ...overrides,
  };
}
