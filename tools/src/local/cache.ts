import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/**
 * The folder for programs that are downloaded or built once, for all clones and all runs on this machine: `WHERRY_CACHE`, or
 * `wherry` in the user's folder for caches (`XDG_CACHE_HOME`, by default `~/.cache`). It may be removed at any time.
 */
export function cacheFolder(): string {
  const { WHERRY_CACHE: own, XDG_CACHE_HOME: caches } = process.env;
  return resolve(own || join(caches || join(homedir(), '.cache'), 'wherry'));
}

/**
 * Returns `path`. If `path` does not exist, `make` makes a file or a folder at a temporary path beside it. `scratch` is an empty
 * folder for its other files. The result is then renamed to `path`, so that another process sees all of it or nothing. If two
 * processes make the same file at once, the first one to finish wins. The name of `path` must be different for each version.
 */
export async function makeOnce(path: string, make: (made: string, scratch: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  const home = dirname(path);
  await mkdir(home, { recursive: true });
  const partial = await mkdtemp(join(home, 'partial-'));
  const discard = () => rmSync(partial, { recursive: true, force: true });
  process.once('exit', discard);
  try {
    const [made, scratch] = [join(partial, 'made'), join(partial, 'scratch')];
    await mkdir(scratch);
    await make(made, scratch);
    await rename(made, path).catch((error: unknown) => {
      // Another process has made the same file in the meantime.
      if (!existsSync(path)) throw error;
    });
  } finally {
    process.off('exit', discard);
    await rm(partial, { recursive: true, force: true });
  }
  return path;
}
