import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A command that runs buf: a program, and its first arguments. */
export interface Buf {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Finds buf: the npm package of the project or beside this one, or the program on the PATH.
 *
 * @param places files that an import of the package could be in.
 * @throws Error that says how to install it.
 */
export function findBuf(
  places: readonly string[] = [resolve('package.json'), fileURLToPath(import.meta.url)],
  path = process.env['PATH'],
): Buf {
  for (const place of places) {
    try {
      const manifest = createRequire(place).resolve('@bufbuild/buf/package.json');
      return { command: process.execPath, args: [join(dirname(manifest), 'bin/buf')] };
    } catch {
      // The package cannot be imported from there.
    }
  }
  if (spawnSync('buf', ['--version'], { env: { PATH: path } }).error === undefined) return { command: 'buf', args: [] };
  throw new Error(
    'this command needs buf (https://buf.build), which is not installed: npm install --save-dev @bufbuild/buf',
  );
}
