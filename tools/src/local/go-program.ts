import { join, resolve } from 'node:path';
import { cacheFolder, makeOnce } from './cache.js';
import { runCommand } from './command.js';

const DOWNLOAD_LIMIT_MS = 10 * 60_000;
const BUILD_LIMIT_MS = 30 * 60_000;

/** A program that is built from its Go module, because no package registry has its binary. */
export interface GoProgram {
  /** The name of the binary, also in messages. */
  readonly name: string;
  readonly module: string;
  /** Of the module, with its `v`. */
  readonly version: string;
  /** Its folder in the module, such as `cmd/server`. */
  readonly folder: string;
  /** Build tags. */
  readonly tags?: string;
  /** How long the build takes, for a message to the person who waits. */
  readonly takes: string;
  /** What a person without Go can do instead, for a message: such as `run X`. Default: nothing. */
  readonly instead?: string;
}

/** Where built programs are kept: `WHERRY_SERVERS_HOME`, or `servers` in {@link cacheFolder}. */
export function serversHome(): string {
  const { WHERRY_SERVERS_HOME: home } = process.env;
  return resolve(home || join(cacheFolder(), 'servers'));
}

/**
 * The path of the program's binary. Builds it on first use, into {@link serversHome}.
 *
 * @throws {CommandError} if Go is missing or the build fails. A failed build leaves nothing behind.
 */
export async function goProgram(program: GoProgram, log: (line: string) => void = () => {}): Promise<string> {
  const instead = program.instead === undefined ? '' : `, or ${program.instead} instead`;
  const ifMissing = `Install Go 1.21 or newer (https://go.dev/dl)${instead}.`;
  const binary = join(serversHome(), `${program.name}-${program.version}`);
  return makeOnce(binary, async (built, scratch) => {
    log(`building ${program.name} ${program.version} from its Go module into ${binary} (once, ${program.takes})`);
    const name = `${program.module}@${program.version}`;
    const told = await runCommand('go', ['mod', 'download', '-json', name], {
      timeoutMs: DOWNLOAD_LIMIT_MS,
      ifMissing,
      // The build runs outside of any module, so that the repository's go.mod files do not affect it.
      cwd: scratch,
    });
    const { Dir } = JSON.parse(told) as { Dir: string };
    // `go install` refuses modules with replace directives, and the module cache is read-only: it is built in a copy.
    const source = join(scratch, 'source');
    await runCommand('cp', ['-R', Dir, source], { timeoutMs: DOWNLOAD_LIMIT_MS, ifMissing: 'It copies the module.' });
    await runCommand('chmod', ['-R', 'u+w', source], { timeoutMs: DOWNLOAD_LIMIT_MS, ifMissing: '' });
    const tags = program.tags === undefined ? [] : ['-tags', program.tags];
    await runCommand('go', ['build', ...tags, '-ldflags', '-s -w', '-o', built, `./${program.folder}`], {
      timeoutMs: BUILD_LIMIT_MS,
      ifMissing,
      cwd: source,
      env: { GOWORK: 'off' },
    });
  });
}
