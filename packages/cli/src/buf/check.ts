import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Buf } from './find-buf.js';
import type { Copy } from './proto-files.js';

/** A finding of buf, as `--error-format=json` prints it. */
interface Found {
  readonly path?: string;
  readonly start_line: number;
  readonly start_column: number;
  readonly type: string;
  readonly message: string;
}

/** The exit code of buf if it has findings. */
const FOUND = 100;

/**
 * Runs a check of buf in a folder that has the copies.
 *
 * @param copies the copies in that folder. The result names their files by the original names.
 * @returns one line for each finding: `FILE:LINE:COLUMN: problem (RULE)`.
 * @throws Error if a file is malformed, or buf fails.
 */
export function runCheck(buf: Buf, args: readonly string[], cwd: string, copies: readonly Copy[]): string[] {
  const ended = spawnSync(buf.command, [...buf.args, ...args, '--error-format=json'], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (ended.error !== undefined) throw ended.error;
  if (ended.status === 0) return [];
  if (ended.status !== FOUND) throw new Error(original(ended.stderr || `buf ended with ${ended.status}`, copies));
  const found = ended.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Found);
  const malformed = found.find(({ type }) => type === 'COMPILE');
  if (malformed !== undefined) throw new Error(`${placeOf(malformed, cwd, copies)}: ${malformed.message}`);
  return found.map((one) => `${placeOf(one, cwd, copies)}: ${one.message} (${one.type})`);
}

function placeOf(found: Found, cwd: string, copies: readonly Copy[]): string {
  if (found.path === undefined) return copies[0]?.name ?? '';
  return `${original(resolve(cwd, found.path), copies)}:${found.start_line}:${found.start_column}`;
}

/** Replaces the names of copied files in a text by their original names. */
function original(text: string, copies: readonly Copy[]): string {
  return copies.reduce((named, { root, name }) => named.replaceAll(`${root}/`, name === '.' ? '' : `${name}/`), text);
}
