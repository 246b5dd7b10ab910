import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.js';

const DOWNLOAD_LIMIT_MS = 10 * 60_000;
const BUILD_LIMIT_MS = 30 * 60_000;
const ifMissing = 'Install Go 1.21 or newer (https://go.dev/dl), or run `docker compose up` instead.';

/** A program that is built from its Go module, as it is in no package registry as a binary. */
export interface GoProgram {
  /** Names the binary, and the program in what is said about it. */
  readonly name: string;
  readonly module: string;
  /** Of the module, with its `v`. */
  readonly version: string;
  /** Its folder in the module, such as `cmd/server`. */
  readonly folder: string;
  /** Build tags. */
  readonly tags?: string;
  /** How long the build takes, as a person is told who waits for it. */
  readonly takes: string;
}

/** Where built programs are kept: `WHERRY_SERVERS_HOME`, or `.servers` at the repository's top. */
export function serversHome(): string {
  const { WHERRY_SERVERS_HOME: home } = process.env;
  // src/local and dist/local are equally deep, so this holds for both.
  return resolve(home || fileURLToPath(new URL('../../../.servers', import.meta.url)));
}

/**
 * The path of the program's binary. Builds it on first use, into {@link serversHome}.
 *
 * @throws {CommandError} when there is no Go or the build fails; nothing half done is left behind.
 */
export async function goProgram(program: GoProgram, log: (line: string) => void = () => {}): Promise<string> {
  const home = serversHome();
  const binary = join(home, `${program.name}-${program.version}`);
  if (!existsSync(binary)) {
    log(`building ${program.name} ${program.version} from its Go module into ${binary} (once, ${program.takes})`);
    await buildInto(binary, program, home);
  }
  return binary;
}

/** Builds beside the final place and renames: whoever sees the binary sees all of it. */
async function buildInto(binary: string, program: GoProgram, home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  const partial = await mkdtemp(join(home, 'partial-'));
  const discard = () => rmSync(partial, { recursive: true, force: true });
  process.once('exit', discard);
  try {
    const name = `${program.module}@${program.version}`;
    const told = await runCommand('go', ['mod', 'download', '-json', name], {
      timeoutMs: DOWNLOAD_LIMIT_MS,
      ifMissing,
      // In no module: the repository's go.mod files have no say in this one.
      cwd: partial,
    });
    const { Dir } = JSON.parse(told) as { Dir: string };
    // `go install` refuses modules with replace directives, and the module cache is read-only: it is built in a copy.
    const source = join(partial, 'source');
    await runCommand('cp', ['-R', Dir, source], { timeoutMs: DOWNLOAD_LIMIT_MS, ifMissing: 'It copies the module.' });
    await runCommand('chmod', ['-R', 'u+w', source], { timeoutMs: DOWNLOAD_LIMIT_MS, ifMissing: '' });
    const built = join(partial, program.name);
    const tags = program.tags === undefined ? [] : ['-tags', program.tags];
    await runCommand('go', ['build', ...tags, '-ldflags', '-s -w', '-o', built, `./${program.folder}`], {
      timeoutMs: BUILD_LIMIT_MS,
      ifMissing,
      cwd: source,
      env: { GOWORK: 'off' },
    });
    await rename(built, binary);
  } finally {
    process.off('exit', discard);
    await rm(partial, { recursive: true, force: true });
  }
}
