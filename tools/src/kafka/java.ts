import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCommand } from '../local/command.js';
import { kafkaJars } from './jars.js';
import { logConfigFile } from './paths.js';
import { defaultKafkaVersion, type KafkaVersion } from './versions.js';

const TOOL_LIMIT_MS = 60_000;

export const javaAdvice =
  'Install a JDK or JRE, 17 or newer (Kafka 4 needs it), and have `java` on the PATH or set JAVA_HOME; ' +
  'or run `docker compose up` instead.';

/** The `java` to run: that of `JAVA_HOME`, or else the first on the PATH. */
export function javaCommand(): string {
  const { JAVA_HOME: home } = process.env;
  return home ? join(home, 'bin', 'java') : 'java';
}

/** Arguments that run one of Kafka's classes; `jvm` are options for the JVM itself. */
export function javaArgs(jars: string, className: string, args: readonly string[], jvm: readonly string[]): string[] {
  const logConfig = `-Dlog4j2.configurationFile=${pathToFileURL(logConfigFile).href}`;
  // The JVM expands the asterisk, not a shell.
  return [...jvm, logConfig, '-cp', join(jars, '*'), className, ...args];
}

/**
 * Runs one of Kafka's own command line tools, such as `org.apache.kafka.tools.TopicCommand` with `['--list',
 * '--bootstrap-server', cluster.bootstrapServers]`, and resolves with its standard output. Use it for tasks that a Node
 * client cannot do: describe groups, set ACLs, move leaders. The tool is that of `version`, by default the newest.
 *
 * @throws {CommandError} with the tool's output, if the tool fails or takes longer than a minute.
 */
export async function runKafkaTool(
  className: string,
  args: readonly string[],
  version: KafkaVersion = defaultKafkaVersion,
): Promise<string> {
  // A tool runs for a second, so the optimizing compiler would only take time.
  const jvm = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dwherry.kafka.log=off'];
  return runCommand(javaCommand(), javaArgs(await kafkaJars(version), className, args, jvm), {
    timeoutMs: TOOL_LIMIT_MS,
    ifMissing: javaAdvice,
  });
}
