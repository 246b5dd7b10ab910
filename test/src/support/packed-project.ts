import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repository } from './code-blocks.js';
import { run } from './other-languages.js';

// A project outside this repository, with the packages as a user gets them.

const nodeRdkafka = join(repository, 'node_modules/node-rdkafka');
export const tsc = join(repository, 'node_modules/typescript/bin/tsc');

/** Packs all packages into a folder, and gives the tarballs' names. */
export async function packAll(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  await run('npm', ['pack', '--workspace=packages', '--pack-destination', folder], { cwd: repository });
  return (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
}

/** An empty folder of its own, and what takes it away. */
export async function emptyFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'wherry-project-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Installs tarballs into a project, with all they depend on from npm's registry. Install scripts are not run, as node-rdkafka's
 * compiles for minutes: what it made in this repository is put in its place. So of that package, and of no other, the
 * native part is not what a user's `npm install` made.
 */
export async function installPacked(project: string, packed: string, tarballs: readonly string[]): Promise<void> {
  const files = tarballs.map((name) => `file:${join(packed, name)}`);
  const args = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...files];
  await run('npm', args, { cwd: project });
  await symlink(join(nodeRdkafka, 'build'), join(project, 'node_modules/node-rdkafka/build'));
}

/** Writes files by their names. */
export async function writeFiles(
  folder: string,
  files: Iterable<readonly [name: string, text: string]>,
): Promise<void> {
  for (const [name, text] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
