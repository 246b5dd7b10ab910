import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../local/cache.js';
import { runCommand } from '../local/command.js';
import { kafkaHome, pomFile } from './paths.js';

const DOWNLOAD_LIMIT_MS = 10 * 60_000;

/**
 * The folder that holds Kafka's jars. Downloads them with Maven on first use (54 MB), into {@link kafkaHome}.
 *
 * @throws {CommandError} if Maven is missing or the download fails. A failed download leaves nothing behind.
 */
export async function kafkaJars(log: (line: string) => void = () => {}): Promise<string> {
  // The folder's name depends on the list of jars, so a new version in pom.xml gets a new folder and is downloaded.
  const listed = createHash('sha256')
    .update(await readFile(pomFile))
    .digest('hex')
    .slice(0, 12);
  const jars = join(kafkaHome(), `jars-${listed}`);
  return makeOnce(jars, async (made) => {
    log(`fetching Apache Kafka into ${jars} (54 MB, once)`);
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${made}`];
    await runCommand('mvn', ['--batch-mode', '--quiet', '--file', pomFile, ...copy], {
      timeoutMs: DOWNLOAD_LIMIT_MS,
      ifMissing: 'Install Maven 3.6 or newer (it downloads Kafka, once), or run `docker compose up` instead.',
    });
  });
}
