import type { Log } from '@wherry/kafka';
import { registryTopic } from './topic-names.js';

/**
 * Makes the registry topic, if it is missing.
 *
 * @throws LogError if the topic may not be made, or Kafka does not answer.
 */
export async function makeRegistryTopic(
  log: Pick<Log, 'partitions' | 'createTopic'>,
  namespace: string,
): Promise<void> {
  const name = registryTopic(namespace);
  // Look first: an instance that may not make topics uses the topic that exists.
  if ((await log.partitions(name)) > 0) return;
  await log.createTopic({ name, partitions: 1, config: settings });
}

/**
 * Every instance that starts reads the whole topic, so the topic is kept short. The broker soon compacts a worker's renewals to one record.
 * It never compacts the segment that it writes to, so segments are a minute long. It deletes records that were not written again for an
 * hour, such as descriptors of versions that no worker has any more.
 */
const settings = {
  'cleanup.policy': 'compact,delete',
  'segment.ms': '60000',
  'min.cleanable.dirty.ratio': '0.1',
  'delete.retention.ms': '60000',
  'retention.ms': '3600000',
} as const;
