import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../local/cache.js';
import { runCommand } from '../local/command.js';
import { kafkaHome, pomFile } from './paths.js';
import { type KafkaVersion, kafkaRelease } from './versions.js';

const DOWNLOAD_LIMIT_MS = 10 * 60_000;

/**
 * The folder that holds the jars of one version of Kafka. Downloads them with Maven on first use (55 to 60 MB), into
 * {@link kafkaHome}.
 *
 * @throws {CommandError} if Maven is missing or the download fails. A failed download leaves nothing behind.
 */
export async function kafkaJars(version: KafkaVersion, log: (line: string) => void = () => {}): Promise<string> {
  const release = kafkaRelease(version);
  // The folder's name depends on the release and on the list of jars, so a new release or list gets a new folder and is downloaded.
  const listed = createHash('sha256')
    .update(await readFile(pomFile))
    .digest('hex')
    .slice(0, 12);
  const jars = join(kafkaHome(), `jars-${release}-${listed}`);
  return makeOnce(jars, async (made) => {
    log(`fetching Apache Kafka ${release} into ${jars} (about 55 MB, once)`);
    const properties = [`-Dkafka.version=${release}`, '-DincludeScope=runtime', `-DoutputDirectory=${made}`];
    await runCommand(
      'mvn',
      ['--batch-mode', '--quiet', '--file', pomFile, 'dependency:copy-dependencies', ...properties],
      {
        timeoutMs: DOWNLOAD_LIMIT_MS,
        ifMissing: 'Install Maven 3.6 or newer (it downloads Kafka, once), or run `docker compose up` instead.',
      },
    );
  });
}
