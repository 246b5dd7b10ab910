import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Generated } from './generate.js';

/**
 * Writes generated files below a folder, if their text has changed. It deletes no files.
 *
 * @returns the paths of the written files, relative to the folder.
 */
export function writeGenerated(folder: string, { files }: Generated): string[] {
  const written: string[] = [];
  for (const [name, text] of files) {
    const path = join(folder, name);
    if (readIfThere(path) === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    written.push(name);
  }
  return written;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
