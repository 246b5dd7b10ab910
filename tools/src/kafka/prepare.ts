import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrokerSettings, type NodeAddress, nodeSettings, toProperties } from './settings.js';
import { formatStorage, randomClusterId, readClusterId } from './storage.js';
import type { KafkaVersion } from './versions.js';

const nodeFolder = (folder: string, id: number) => join(folder, `node-${id}`);

export interface PreparedNode extends NodeAddress {
  /** Its `server.properties`. */
  readonly configFile: string;
}

/**
 * Writes every node's settings into `folder` and formats the storage of those that have none yet. The addresses may be
 * new to old data: nothing in the data remembers a port.
 *
 * @throws {RangeError} when the folder holds the data of more nodes.
 */
export async function prepareNodes(
  folder: string,
  addresses: readonly NodeAddress[],
  version: KafkaVersion,
  settings: BrokerSettings = {},
): Promise<PreparedNode[]> {
  if (existsSync(nodeFolder(folder, addresses.length + 1))) {
    throw new RangeError(`dataDir ${folder} holds a cluster of more than ${addresses.length} nodes; start it with 3`);
  }
  const clusterId = (await readClusterId(nodeFolder(folder, 1))) ?? randomClusterId();
  return Promise.all(
    addresses.map(async (address) => {
      const dataDir = nodeFolder(folder, address.id);
      await mkdir(dataDir, { recursive: true });
      const configFile = join(folder, `node-${address.id}.properties`);
      await writeFile(
        configFile,
        toProperties({
          ...nodeSettings(address, addresses, dataDir),
          ...settings,
        }),
      );
      if ((await readClusterId(dataDir)) === undefined) await formatStorage(configFile, clusterId, version);
      return { ...address, configFile };
    }),
  );
}
