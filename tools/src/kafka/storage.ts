import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runKafkaTool } from './java.js';
import type { KafkaVersion } from './versions.js';

/** Kafka's form of a UUID: 16 bytes in base64url. A leading dash would look like an option to the storage tool. */
export function randomClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? randomClusterId() : id;
}

/** The cluster to which a node's data folder belongs; undefined when the folder is not formatted yet. */
export async function readClusterId(nodeDataDir: string): Promise<string | undefined> {
  const file = join(nodeDataDir, 'meta.properties');
  if (!existsSync(file)) return undefined;
  return /^cluster\.id=(.+)$/m.exec(await readFile(file, 'utf8'))?.[1]?.trim();
}

/** Prepares a node's data folder as KRaft demands before the first start. */
export async function formatStorage(configFile: string, clusterId: string, version: KafkaVersion): Promise<void> {
  const args = ['format', '--cluster-id', clusterId, '--config', configFile];
  await runKafkaTool('kafka.tools.StorageTool', args, version);
}
