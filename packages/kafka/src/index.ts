export { builtInCompressions } from './log/built-in-compressions.js';
export { type EmbeddedBroker, startEmbeddedBroker } from './log/embedded-broker.js';
export type {
  GroupMember,
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
export { LogError, type Rights } from './log/log-error.js';
export type { KafkaConnectionOptions, KafkaOptions, LogOptions } from './log/log-options.js';
export { type Compression, compressions } from './log/log-options.js';
export { openLog } from './log/rdkafka-log.js';
