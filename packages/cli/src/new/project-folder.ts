import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dependencies, readManifest, workspacePatterns } from '../manifest.js';

/**
 * Chooses the folder for a new project with this name: `here`, if it is empty except for files that npm has written; in an npm,
 * yarn or pnpm workspace, a folder in the first pattern such as `packages/*`; otherwise a folder with the name.
 *
 * @returns the path, relative to `here`.
 */
export function projectFolder(here: string, name: string): string {
  const isEmpty = readdirSync(here).every((entry) => entry.startsWith('.') || ofNpm.has(entry));
  return isEmpty && installedIn(here) !== undefined ? '.' : join(workspaceFolder(here) ?? '.', name);
}

/**
 * Returns the installed packages of a folder that is no project yet: it has no package.json, or one with nothing but dependencies,
 * which `npm install` writes in an empty folder.
 *
 * @returns undefined if the folder is a project.
 */
export function installedIn(folder: string): Dependencies | undefined {
  const manifest = readManifest(join(folder, 'package.json'));
  if (!Object.keys(manifest).every((key) => keysOfNpm.has(key))) return undefined;
  return { ...manifest.dependencies, ...manifest.devDependencies };
}

/** Returns the folder for packages: `packages` if the workspace has `packages/*`. */
function workspaceFolder(root: string): string | undefined {
  const npm = workspacePatterns(readManifest(join(root, 'package.json')));
  const pattern = [...npm, ...pnpmWorkspaces(root)].find((one) => /^[^*!{]+\/\*$/.test(one));
  return pattern?.slice(0, -'/*'.length);
}

/** The files that npm writes into a folder. */
const ofNpm = new Set(['node_modules', 'package.json', 'package-lock.json']);

/** The keys in a package.json that npm itself has made: the installed packages, and those whose install scripts may run. */
const keysOfNpm = new Set(['dependencies', 'devDependencies', 'allowScripts']);

/** Reads pnpm's YAML file, in the form of pnpm's documentation: a list with one entry a line. */
function pnpmWorkspaces(root: string): readonly string[] {
  const path = join(root, 'pnpm-workspace.yaml');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return [...text.matchAll(/^\s*-\s*["']?([^"'\s#]+)["']?\s*$/gm)].map(([, pattern = '']) => pattern);
}
