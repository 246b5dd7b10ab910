/** Kafka in memory, for Wherry's own unit tests. It changes without notice. */

export { MemoryBroker, type MemoryBrokerOptions } from './memory/broker.js';
export type { MemoryClock } from './memory/clock.js';
export type { MemoryLogOptions } from './memory/memory-log.js';
export type { StoredRecord } from './memory/partition.js';
