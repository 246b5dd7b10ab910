import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a folder with this name has no sources: installed, hidden or generated files. */
export function skipsFolder(name: string): boolean {
  return /^(\..*|node_modules|dist|coverage)$/.test(name);
}

/** Whether a worker is made from a file with this name. In a TypeScript project, JavaScript files are output. */
export function isSource(name: string, typescript: boolean): boolean {
  if (name === 'package.json' || /^tsconfig.*\.json$/.test(name)) return true;
  return typescript ? /(?<!\.d)\.[cm]?ts$/.test(name) : /\.[cm]?[jt]s$/.test(name);
}

/** The state of all files in a folder that matter, at one moment. Two of them tell whether a file has changed in between. */
export class SourceFiles {
  /** The state of each file, by its path. */
  readonly #states = new Map<string, string>();

  /** @param matters whether a file with this name matters. */
  constructor(folder: string, matters: (name: string) => boolean) {
    const folders = [folder];
    for (const one of folders) {
      for (const entry of entriesOf(one)) {
        const path = join(one, entry.name);
        if (entry.isDirectory() && !skipsFolder(entry.name)) folders.push(path);
        else if (!entry.isDirectory() && matters(entry.name)) this.#states.set(path, stateOf(path));
      }
    }
  }

  /** Whether these are the same files in the same state. */
  equals(other: SourceFiles): boolean {
    const others = other.#states;
    return this.#states.size === others.size && [...this.#states].every(([path, state]) => others.get(path) === state);
  }
}

/** The entries of a folder; none if it cannot be read. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** A text that differs after each write to the file, and after each rename of another file to its name. */
function stateOf(path: string): string {
  try {
    const { ino, size, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${ctimeNs}`;
  } catch {
    return 'unreadable';
  }
}
