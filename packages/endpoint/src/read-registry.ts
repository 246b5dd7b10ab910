import { openLog } from '@wherry/kafka';
import { newCounters } from './counters.js';
import type { OpenLog } from './endpoint.js';
import { checkEndpointOptions, type EndpointOptions } from './endpoint-options.js';
import { consoleLogger } from './logger.js';
import { RecordDecoder } from './record-decoder.js';
import { RegistryFollower } from './registry-follower.js';
import { readerGroup, registryTopic } from './topic-names.js';
import { Warnings } from './warnings.js';

/** A registry that is read by a program that takes and makes no calls. */
export interface RegistryReading {
  /** Undefined if the namespace has no registry topic: no caller and no worker has ever run there. */
  readonly registry: RegistryFollower | undefined;
  close(): Promise<void>;
}

/**
 * Connects to Kafka and follows the registry. It writes nothing: it has no inbox, and makes no topic.
 *
 * @throws TypeError for a wrong option; LogError if Kafka cannot be reached.
 */
export async function readRegistry(options: EndpointOptions, open: OpenLog = openLog): Promise<RegistryReading> {
  checkEndpointOptions(options);
  const { namespace = 'wherry', logger = consoleLogger('registry') } = options;
  const log = await open({
    ...options,
    readerGroup: readerGroup(namespace),
    acknowledgements: false,
    onUndelivered: () => undefined,
    onTrouble: () => undefined,
  });
  const close = (): Promise<void> => log.close();
  try {
    if ((await log.partitions(registryTopic(namespace))) === 0) return { registry: undefined, close };
  } catch (error) {
    await close();
    throw error;
  }
  const decoder = new RecordDecoder(newCounters(), logger);
  const warnings = new Warnings(logger);
  const registry = new RegistryFollower({
    namespace,
    log: {
      partitions: (topic) => log.partitions(topic),
      // The topic may have been deleted in the meantime. A reader does not make it again.
      createTopic: async () => false,
      checkAccess: (topic, operation) => log.checkAccess(topic, operation),
      endOf: (topic, partition) => log.endOf(topic, partition),
      readPartition: (reader) => log.readPartition(reader),
    },
    readRegistry: (record, admit) => decoder.decodeRegistry(record, admit),
    warnOnce: (doing, error) => warnings.once(doing, error),
  });
  registry.open();
  return {
    registry,
    close: async () => {
      await registry.close();
      await close();
    },
  };
}
