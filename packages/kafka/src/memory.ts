/** Kafka in memory, for Wherry's own unit tests. It changes without notice. */

export { MemoryBroker, type MemoryBrokerOptions } from './log/memory-broker.js';
export type { MemoryClock } from './log/memory-clock.js';
export type { MemoryLogOptions } from './log/memory-log.js';
export type { StoredRecord } from './log/memory-partition.js';
