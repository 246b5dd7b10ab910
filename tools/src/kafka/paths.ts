import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// src/kafka and dist/kafka are equally deep, so this holds for both.
const tools = fileURLToPath(new URL('../../', import.meta.url));

/** The list of jars that make up a Kafka. */
export const pomFile = resolve(tools, 'kafka/pom.xml');

/** How much a Kafka process prints. */
export const logConfigFile = resolve(tools, 'kafka/log4j2.properties');

/** Where downloaded Kafkas are kept: `WHERRY_KAFKA_HOME`, or `.kafka` at the repository's top. */
export function kafkaHome(): string {
  const { WHERRY_KAFKA_HOME: home } = process.env;
  return resolve(home || resolve(tools, '../.kafka'));
}
