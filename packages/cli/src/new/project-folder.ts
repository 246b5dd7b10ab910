import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where a new project of this name goes: here, where here is empty; in an npm, yarn or pnpm workspace, in the first folder that
 * it has for many; anywhere else in a folder of the name.
 *
 * @returns the path from `here`.
 */
export function projectFolder(here: string, name: string): string {
  const isEmpty = readdirSync(here).every((entry) => entry.startsWith('.') || entry === 'node_modules');
  return isEmpty ? '.' : join(workspaceFolder(here) ?? '.', name);
}

/** `packages` of a workspace that has `packages/*`. */
function workspaceFolder(root: string): string | undefined {
  const pattern = [...npmWorkspaces(root), ...pnpmWorkspaces(root)].find((one) => /^[^*!{]+\/\*$/.test(one));
  return pattern?.slice(0, -'/*'.length);
}

function npmWorkspaces(root: string): readonly string[] {
  const { workspaces } = readManifest(join(root, 'package.json'));
  const patterns = Array.isArray(workspaces)
    ? workspaces
    : (workspaces as { packages?: unknown } | undefined)?.packages;
  return Array.isArray(patterns) ? patterns.filter((one) => typeof one === 'string') : [];
}

/** @throws Error that names the file where it is not JSON. */
function readManifest(path: string): { workspaces?: unknown } {
  try {
    return JSON.parse(readIfThere(path) ?? '{}') as { workspaces?: unknown };
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
