import type { KafkaOptions } from '@wherry/kafka';
import { realKafka } from './brokers.js';

/**
 * Settings of workers that are to be missed soon. The embedded broker misses a member of its kind of groups only after half a
 * minute; one of a classic group as soon as the member says, which real Kafka allows from 6 s on.
 */
export const consumer: KafkaOptions =
  realKafka === undefined ? { 'group.protocol': 'classic', 'session.timeout.ms': 3000 } : {};
