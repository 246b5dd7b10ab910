import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from './proto-files.js';

/**
 * Finds the earlier version of .proto files: those of a folder, or those that a root folder had at a ref of git.
 *
 * @param to the folder that receives the files of a ref.
 * @throws Error if `against` is neither a folder nor a ref, or has no .proto files.
 */
export function olderFiles(against: string, root: string, to: string): Source {
  if (statSync(against, { throwIfNoEntry: false })?.isDirectory())
    return { folder: against, name: against, has: 'within' };
  if (git(root, 'rev-parse', '--verify', '--quiet', `${against}^{commit}`) === undefined) {
    throw new Error(`--against ${against}: it is neither a folder nor a commit, branch or tag of git`);
  }
  // In a subfolder of the repository, git archives the contents of that subfolder.
  const archive = join(to, 'older.tar');
  if (git(root, 'archive', '--format=tar', '-o', archive, against, '--', ':(glob)**/*.proto') === undefined) {
    throw new Error(`--against ${against}: there were no .proto files in ${root}`);
  }
  const folder = join(to, 'older');
  mkdirSync(folder);
  const unpacked = spawnSync('tar', ['-xf', archive, '-C', folder], { encoding: 'utf8' });
  if (unpacked.status !== 0) throw new Error(`tar: ${unpacked.error?.message ?? unpacked.stderr}`);
  return { folder, name: against, has: 'root' };
}

/** Returns the output of git; undefined if git fails. */
function git(cwd: string, ...args: string[]): string | undefined {
  const ended = spawnSync('git', args, { cwd, encoding: 'utf8' });
  if (ended.error !== undefined) throw new Error(`git: ${ended.error.message}`);
  return ended.status === 0 ? ended.stdout : undefined;
}
