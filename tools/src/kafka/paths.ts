import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../local/cache.js';

// src/kafka and dist/kafka are equally deep, so this holds for both.
const tools = fileURLToPath(new URL('../../', import.meta.url));

/** The list of jars that make up a Kafka. Its version is the property `kafka.version`. */
export const pomFile = resolve(tools, 'kafka/pom.xml');

/** The file that sets how much a Kafka process prints. */
export const logConfigFile = resolve(tools, 'kafka/log4j2.properties');

/** Where downloaded Kafkas are kept: `WHERRY_KAFKA_HOME`, or `kafka` in {@link cacheFolder}. */
export function kafkaHome(): string {
  const { WHERRY_KAFKA_HOME: home } = process.env;
  return resolve(home || join(cacheFolder(), 'kafka'));
}
