export type { EndpointCounters } from './endpoint/counters.js';
export type { EndpointOptions, RecordObserver } from './endpoint/endpoint.js';
export type { InboxOptions } from './endpoint/inbox.js';
export type { LogFields, Logger, LogMethod } from './endpoint/logger.js';
export type { PackingLimits } from './endpoint/outbox.js';
export { sweepInboxes } from './endpoint/sweep.js';
export { requestTopic } from './endpoint/topic-names.js';
export { type EmbeddedBroker, startEmbeddedBroker } from './log/embedded-broker.js';
export type {
  GroupReader,
  GroupReaderOptions,
  Log,
  LogRecord,
  NewTopic,
  PartitionReaderOptions,
  Reader,
  RecordHeaders,
  TopicPartition,
  TopicPartitionOffset,
} from './log/log.js';
export { LogError } from './log/log-error.js';
export type { KafkaConnectionOptions, KafkaOptions, LogOptions } from './log/log-options.js';
export { type Compression, compressions } from './log/log-options.js';
export { openLog } from './log/rdkafka-log.js';
