import { existsSync, readFileSync } from 'node:fs';

/** The dependencies in a package.json: versions by name. */
export type Dependencies = Readonly<Record<string, string>>;

/** The parts of a package.json that the commands read. */
export interface Manifest {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly workspaces?: unknown;
}

/**
 * Reads the package.json at this path. A missing file counts as an empty one.
 *
 * @throws Error that names the file if it is not JSON.
 */
export function readManifest(path: string): Manifest {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Returns the folders of npm's and yarn's workspaces, as patterns such as `packages/*`. */
export function workspacePatterns({ workspaces }: Manifest): readonly string[] {
  const patterns = Array.isArray(workspaces)
    ? workspaces
    : (workspaces as { packages?: unknown } | undefined)?.packages;
  return Array.isArray(patterns) ? patterns.filter((one) => typeof one === 'string') : [];
}
