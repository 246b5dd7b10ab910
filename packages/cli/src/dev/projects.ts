import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, readManifest, workspacePatterns } from '../manifest.js';

/** A folder with a worker in it. */
export interface Project {
  /** The name in its package.json, or else its folder's name. For a project given as a file: the file's path in the folder. */
  readonly name: string;
  readonly folder: string;
  /** The program that runs the worker, and its arguments. */
  readonly worker: readonly string[];
  /** The program that builds the worker before it starts, and its arguments; undefined if there is none. */
  readonly build: readonly string[] | undefined;
  /** Environment variables for `worker` and `build`, in addition to those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** The program that generates code from .proto files, and its arguments; undefined if there is none. */
  readonly gen: readonly string[] | undefined;
  /** Whether the sources are TypeScript. If so, JavaScript files count as output, not as sources. */
  readonly typescript: boolean;
}

/** The files that may be a worker if no script runs one. */
const workerFiles = ['src/worker.ts', 'worker.ts', 'dist/worker.js', 'src/worker.js', 'worker.js'];

const wherry = fileURLToPath(new URL('../../bin/wherry.js', import.meta.url));

/**
 * Finds the projects of the given folders and files. If no path is given, finds the project of the current folder, if it has a
 * worker, and the projects of those of its workspaces that have a script `worker`.
 *
 * @throws Error if a given path does not exist or has no worker.
 */
export function findProjects(paths: readonly string[]): Project[] {
  if (paths.length > 0) return paths.map(projectAt);
  const here = projectIn(resolve('.'));
  const inside = workspaces(resolve('.')).filter((folder) => manifestOf(folder).scripts?.['worker'] !== undefined);
  return [...(here === undefined ? [] : [here]), ...inside.flatMap((folder) => projectIn(folder) ?? [])];
}

function projectAt(path: string): Project {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new Error(`${path}: there is no such file or folder`);
  if (!stat.isDirectory()) return fileProject(resolve(path));
  const project = projectIn(resolve(path));
  if (project !== undefined) return project;
  throw new Error(
    `${path} has no worker; it needs a script "worker" in package.json, or one of ${workerFiles.join(', ')}`,
  );
}

function fileProject(file: string): Project {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  if (!existsSync(join(folder, 'package.json'))) folder = dirname(file);
  return { ...describeProject(folder), name: relative(folder, file), worker: runFile(folder, relative(folder, file)) };
}

function projectIn(folder: string): Project | undefined {
  const { scripts = {} } = manifestOf(folder);
  if (scripts['worker'] !== undefined) return { ...describeProject(folder), ...workerScript(folder, scripts) };
  const file = workerFiles.find((one) => existsSync(join(folder, one)));
  return file === undefined ? undefined : { ...describeProject(folder), worker: runFile(folder, file) };
}

function describeProject(folder: string): Omit<Project, 'worker'> {
  const { name = basename(folder), scripts = {} } = manifestOf(folder);
  const byConvention = existsSync(join(folder, 'proto')) && existsSync(join(folder, 'src/gen'));
  const make = byConvention ? [process.execPath, wherry, 'gen', '--out', 'src/gen', 'proto'] : undefined;
  const gen = scripts['gen'] === undefined ? make : ['npm', 'run', '--silent', 'gen'];
  return { name, folder, gen, build: undefined, env: {}, typescript: existsSync(join(folder, 'tsconfig.json')) };
}

/**
 * The command of the script "worker", as npm would run it, and that of "preworker" as the build. Wherry does not run them with
 * npm, because npm passes signals on: a worker would be asked to end twice, and would end at once the second time.
 */
function workerScript(
  folder: string,
  { worker = '', preworker }: Readonly<Record<string, string>>,
): Pick<Project, 'worker' | 'build' | 'env'> {
  const bins: string[] = [];
  for (let parent = folder; ; parent = dirname(parent)) {
    bins.push(join(parent, 'node_modules/.bin'));
    if (parent === dirname(parent)) break;
  }
  const path = [...bins, process.env['PATH'] ?? ''].join(delimiter);
  return {
    worker: ['sh', '-c', worker],
    build: preworker === undefined ? undefined : ['sh', '-c', preworker],
    env: { PATH: path, npm_lifecycle_event: 'worker' },
  };
}

/** @throws Error for a TypeScript file if nothing here can run it. */
function runFile(folder: string, file: string): string[] {
  if (!file.endsWith('.ts') || (process.features as { typescript?: unknown }).typescript)
    return [process.execPath, file];
  try {
    createRequire(join(folder, 'package.json')).resolve('tsx');
  } catch {
    const path = relative('', join(folder, file));
    throw new Error(
      `${path}: this Node does not run TypeScript: install tsx, or add a script "worker" to package.json`,
    );
  }
  return [process.execPath, '--import', 'tsx', file];
}

function manifestOf(folder: string): Manifest {
  return readManifest(relative('', join(folder, 'package.json')));
}

/** The folders of npm's workspaces. `packages/*` stands for each folder in `packages`. */
function workspaces(folder: string): string[] {
  return workspacePatterns(manifestOf(folder)).flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return join(folder, pattern);
    const parent = join(folder, pattern.slice(0, -2));
    if (!existsSync(parent)) return [];
    const entries = readdirSync(parent, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name));
  });
}
