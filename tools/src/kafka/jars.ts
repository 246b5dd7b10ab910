import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../local/command.js';
import { kafkaHome, pomFile } from './paths.js';

const DOWNLOAD_LIMIT_MS = 10 * 60_000;

/**
 * The folder that holds Kafka's jars. Downloads them with Maven on first use (54 MB), into {@link kafkaHome}.
 *
 * @throws {CommandError} when Maven is missing or the download fails; nothing half done is left behind.
 */
export async function kafkaJars(log: (line: string) => void = () => {}): Promise<string> {
  const home = kafkaHome();
  // Named after the list of jars, so that a new version in pom.xml is fetched and the old one is not taken for it.
  const listed = createHash('sha256')
    .update(await readFile(pomFile))
    .digest('hex')
    .slice(0, 12);
  const jars = join(home, `jars-${listed}`);
  if (!existsSync(jars)) {
    log(`fetching Apache Kafka into ${jars} (54 MB, once)`);
    await fetchInto(jars, home);
  }
  return jars;
}

/** Downloads beside the final place and renames: whoever sees the folder sees all of it. */
async function fetchInto(jars: string, home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  const partial = await mkdtemp(join(home, 'partial-'));
  const discard = () => rmSync(partial, { recursive: true, force: true });
  process.once('exit', discard);
  try {
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${partial}`];
    await runCommand('mvn', ['--batch-mode', '--quiet', '--file', pomFile, ...copy], {
      timeoutMs: DOWNLOAD_LIMIT_MS,
      ifMissing: 'Install Maven 3.6 or newer (it downloads Kafka, once), or run `docker compose up` instead.',
    });
    await rename(partial, jars).catch((error: unknown) => {
      // Another process fetched the same list meanwhile: its folder is as good.
      if (!existsSync(jars)) throw error;
    });
  } finally {
    process.off('exit', discard);
    await rm(partial, { recursive: true, force: true });
  }
}
