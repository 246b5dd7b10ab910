import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, makeOnce } from '@wherry/tools/cache';
import type { ExecutionContext, TestFn } from 'ava';

// Programs in other languages, from those languages' own gRPC packages; and servers built from source. They are built or installed once for
// all clones on a machine. Where that cannot be done, a test says so and is skipped; with WHERRY_TEST_LANGUAGES=1 it fails
// instead.

const required = process.env['WHERRY_TEST_LANGUAGES'] === '1';
export const folder = fileURLToPath(new URL('../../other-languages/', import.meta.url));
/** Downloads and first builds. */
const PREPARE_TIMEOUT_MS = 15 * 60_000;

const execute = promisify(execFile);

/** Runs a program to its end, and gives what it said on both outputs. Rejects, with the same, where it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; input?: string; timeout?: number } = {},
): Promise<string> {
  const { cwd = folder, env = {}, input = '', timeout = 0 } = options;
  const running = execute(program, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 24, timeout });
  // A program that reads nothing may have ended before this is written.
  running.child.stdin?.on('error', () => undefined).end(input);
  const { stdout, stderr } = await running;
  return stdout + stderr;
}

/** Prepares a program before the tests; gives where it is to a test, or skips that where it could not be prepared. */
export function useProgram<Where = string>(
  test: TestFn,
  name: string,
  prepare: () => Promise<Where>,
): (t: ExecutionContext) => Where | undefined {
  let path: Where | undefined;
  let trouble: unknown;
  test.before(`prepare ${name}`, async (t) => {
    t.timeout(PREPARE_TIMEOUT_MS);
    try {
      path = await prepare();
    } catch (error) {
      trouble = error;
    }
  });
  return (t) => {
    if (path !== undefined) return path;
    const message = `cannot prepare ${name}: ${trouble instanceof Error ? trouble.message : trouble}`;
    if (required) throw new Error(message, { cause: trouble });
    t.log(`skipped: ${message}`);
    t.pass();
    return undefined;
  };
}

/** Where a program is kept: in a folder of the machine's cache, by a name that has all that it is made from in it. */
export function cached(name: string, ...sources: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(source).update('\0');
  return join(
    cacheFolder(),
    'other-languages',
    sources.length === 0 ? name : `${name}-${hash.digest('hex').slice(0, 12)}`,
  );
}

/** Builds a Go program of the module in `go/`: a package by its path. */
export async function buildGo(name: string, source: string): Promise<string> {
  const module = join(folder, 'go');
  const files = await readdir(module, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  const sources = await Promise.all(paths.sort().map((path) => readFile(path)));
  return makeOnce(cached(name, ...sources), async (built) => {
    await run('go', ['build', '-o', built, source], { cwd: module });
  });
}
