import type { KafkaOptions } from '@wherry/kafka';
import { realKafka } from './brokers.js';

/**
 * Settings of workers that are to be missed soon. The embedded broker misses a member of its usual kind of groups only after half a
 * minute; one of a classic group after its `session.timeout.ms` (6 s), as real Kafka does.
 */
export const consumer: KafkaOptions = realKafka === undefined ? { 'group.protocol': 'classic' } : {};
