import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dependencies, readManifest, workspacePatterns } from '../manifest.js';

/**
 * Where a new project of this name goes: here, where here is empty but for what npm installed; in an npm, yarn or pnpm workspace, in the first folder that
 * it has for many; anywhere else in a folder of the name.
 *
 * @returns the path from `here`.
 */
export function projectFolder(here: string, name: string): string {
  const isEmpty = readdirSync(here).every((entry) => entry.startsWith('.') || ofNpm.has(entry));
  return isEmpty && installedIn(here) !== undefined ? '.' : join(workspaceFolder(here) ?? '.', name);
}

/**
 * What was installed in a folder that is no project yet: its package.json, if there is one, has dependencies and nothing of its
 * own, as `npm install` in an empty folder leaves it.
 *
 * @returns undefined where it is a project.
 */
export function installedIn(folder: string): Dependencies | undefined {
  const manifest = readManifest(join(folder, 'package.json'));
  if (!Object.keys(manifest).every((key) => keysOfNpm.has(key))) return undefined;
  return { ...manifest.dependencies, ...manifest.devDependencies };
}

/** `packages` of a workspace that has `packages/*`. */
function workspaceFolder(root: string): string | undefined {
  const npm = workspacePatterns(readManifest(join(root, 'package.json')));
  const pattern = [...npm, ...pnpmWorkspaces(root)].find((one) => /^[^*!{]+\/\*$/.test(one));
  return pattern?.slice(0, -'/*'.length);
}

/** What npm leaves in a folder. */
const ofNpm = new Set(['node_modules', 'package.json', 'package-lock.json']);

/** What npm writes into a package.json that is not there: what it installed, and whose install scripts it may run. */
const keysOfNpm = new Set(['dependencies', 'devDependencies', 'allowScripts']);

/** Its file is YAML: a list with an entry on a line, as pnpm's own documents have it. */
function pnpmWorkspaces(root: string): readonly string[] {
  const path = join(root, 'pnpm-workspace.yaml');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return [...text.matchAll(/^\s*-\s*["']?([^"'\s#]+)["']?\s*$/gm)].map(([, pattern = '']) => pattern);
}
