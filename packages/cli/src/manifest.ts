import { existsSync, readFileSync } from 'node:fs';

/** What a package.json says is installed: versions by name. */
export type Dependencies = Readonly<Record<string, string>>;

/** A package.json, as far as commands look into it. */
export interface Manifest {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly workspaces?: unknown;
}

/**
 * The package.json at this path; an empty one where there is none.
 *
 * @throws Error that names the file where it is not JSON.
 */
export function readManifest(path: string): Manifest {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** The folders of npm's and yarn's workspaces, as patterns such as `packages/*`. */
export function workspacePatterns({ workspaces }: Manifest): readonly string[] {
  const patterns = Array.isArray(workspaces)
    ? workspaces
    : (workspaces as { packages?: unknown } | undefined)?.packages;
  return Array.isArray(patterns) ? patterns.filter((one) => typeof one === 'string') : [];
}
