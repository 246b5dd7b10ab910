import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a package.json says is installed: versions by name. */
export type Dependencies = Readonly<Record<string, string>>;

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
  const pattern = [...npmWorkspaces(root), ...pnpmWorkspaces(root)].find((one) => /^[^*!{]+\/\*$/.test(one));
  return pattern?.slice(0, -'/*'.length);
}

/** What npm leaves in a folder. */
const ofNpm = new Set(['node_modules', 'package.json', 'package-lock.json']);

/** What npm writes into a package.json that is not there: what it installed, and whose install scripts it may run. */
const keysOfNpm = new Set(['dependencies', 'devDependencies', 'allowScripts']);

interface Manifest {
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly workspaces?: unknown;
}

function npmWorkspaces(root: string): readonly string[] {
  const { workspaces } = readManifest(join(root, 'package.json'));
  const patterns = Array.isArray(workspaces)
    ? workspaces
    : (workspaces as { packages?: unknown } | undefined)?.packages;
  return Array.isArray(patterns) ? patterns.filter((one) => typeof one === 'string') : [];
}

/** @throws Error that names the file where it is not JSON. */
function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readIfThere(path) ?? '{}') as Manifest;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Its file is YAML: a list with an entry on a line, as pnpm's own documents have it. */
function pnpmWorkspaces(root: string): readonly string[] {
  const text = readIfThere(join(root, 'pnpm-workspace.yaml')) ?? '';
  return [...text.matchAll(/^\s*-\s*["']?([^"'\s#]+)["']?\s*$/gm)].map(([, pattern = '']) => pattern);
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
