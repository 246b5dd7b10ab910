import type { Log } from '@wherry/kafka';
import { registryTopic } from './topic-names.js';

/**
 * Makes the registry topic where it is missing.
 *
 * @throws LogError where that is not allowed, or Kafka does not answer.
 */
export async function makeRegistryTopic(
  log: Pick<Log, 'partitions' | 'createTopic'>,
  namespace: string,
): Promise<void> {
  const name = registryTopic(namespace);
  // Asked for first: an instance that may not make topics uses the one that is there.
  if ((await log.partitions(name)) > 0) return;
  await log.createTopic({ name, partitions: 1, config: settings });
}

/**
 * Whoever starts reads the whole topic, so it is kept short: a worker's renewals are compacted to one soon (the broker never
 * compacts the segment it writes to, so segments are a minute long). What nobody has said again for an hour, such as the
 * descriptors of versions that are gone, is deleted.
 */
const settings = {
  'cleanup.policy': 'compact,delete',
  'segment.ms': '60000',
  'min.cleanable.dirty.ratio': '0.1',
  'delete.retention.ms': '60000',
  'retention.ms': '3600000',
} as const;
