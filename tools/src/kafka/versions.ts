/** The newest release of each version of Apache Kafka that Wherry is tested with. The settings of tools/src/kafka fit all of them. */
const releases = {
  '3.9': '3.9.2',
  '4.1': '4.1.2',
  '4.4': '4.4.0',
} as const;

/** A version of Apache Kafka that Wherry is tested with. */
export type KafkaVersion = keyof typeof releases;

/** All of them, the oldest first. */
export const kafkaVersions = Object.keys(releases) as readonly KafkaVersion[];

/** The newest one, which docker-compose.yml also has. */
export const defaultKafkaVersion: KafkaVersion = '4.4';

/** The exact release of a version, such as `4.4.0`. */
export function kafkaRelease(version: KafkaVersion): string {
  return releases[version];
}

/** @throws {RangeError} if `text` is none of the versions. The message names them. */
export function checkKafkaVersion(text: string): KafkaVersion {
  const version = kafkaVersions.find((one) => one === text);
  if (version !== undefined) return version;
  const choices = `${kafkaVersions.slice(0, -1).join(', ')} or ${kafkaVersions.at(-1)}`;
  throw new RangeError(`version is ${text === '' ? 'empty' : text}; it must be ${choices}`);
}
