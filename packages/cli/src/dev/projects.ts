import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, readManifest, workspacePatterns } from '../manifest.js';

/** A folder with a worker in it. */
export interface Project {
  /** As its package.json has it, or the folder's. */
  readonly name: string;
  readonly folder: string;
  /** The program that runs the worker, and its arguments. */
  readonly worker: readonly string[];
  /** What it finds in its environment beside what is there. */
  readonly env: Readonly<Record<string, string>>;
  /** The same for what makes code of .proto files; undefined where nothing does. */
  readonly gen: readonly string[] | undefined;
  /** Whether its source is TypeScript, so that JavaScript is what is made of it. */
  readonly typescript: boolean;
}

/** Where a worker is looked for that no script runs. */
const workerFiles = ['src/worker.ts', 'worker.ts', 'dist/worker.js', 'src/worker.js', 'worker.js'];

const wherry = fileURLToPath(new URL('../../bin/wherry.js', import.meta.url));

/**
 * The projects of some folders and files. Without any: that of this folder, if it has a worker, and those of its workspaces
 * that have a script `worker`.
 *
 * @throws Error where one that is named is not there, or has no worker.
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
  throw new Error(`${path}: there is no worker: a script "worker" in package.json, or ${workerFiles.join(', ')}`);
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
  return { name, folder, gen, env: {}, typescript: existsSync(join(folder, 'tsconfig.json')) };
}

/**
 * The script "worker" as npm runs it, after its "preworker". Not by npm itself, which passes signals on: a worker would be asked
 * to end twice, and the second time end at once.
 */
function workerScript(
  folder: string,
  { worker = '', preworker }: Readonly<Record<string, string>>,
): Pick<Project, 'worker' | 'env'> {
  const bins: string[] = [];
  for (let parent = folder; ; parent = dirname(parent)) {
    bins.push(join(parent, 'node_modules/.bin'));
    if (parent === dirname(parent)) break;
  }
  const script = preworker === undefined ? worker : `(${preworker}) || exit; ${worker}`;
  const path = [...bins, process.env['PATH'] ?? ''].join(delimiter);
  return { worker: ['sh', '-c', script], env: { PATH: path, npm_lifecycle_event: 'worker' } };
}

/** @throws Error for TypeScript that nothing here runs. */
function runFile(folder: string, file: string): string[] {
  if (!file.endsWith('.ts') || (process.features as { typescript?: unknown }).typescript)
    return [process.execPath, file];
  try {
    createRequire(join(folder, 'package.json')).resolve('tsx');
  } catch {
    const path = relative('', join(folder, file));
    throw new Error(`${path}: this Node runs no TypeScript: install tsx, or give package.json a script "worker"`);
  }
  return [process.execPath, '--import', 'tsx', file];
}

function manifestOf(folder: string): Manifest {
  return readManifest(relative('', join(folder, 'package.json')));
}

/** The folders of npm's workspaces: `packages/*` is each in it. */
function workspaces(folder: string): string[] {
  return workspacePatterns(manifestOf(folder)).flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return join(folder, pattern);
    const parent = join(folder, pattern.slice(0, -2));
    if (!existsSync(parent)) return [];
    const entries = readdirSync(parent, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name));
  });
}
