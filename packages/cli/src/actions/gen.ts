import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { type Generated, generate, type Int64, writeGenerated } from '@wherry/codegen';
import { oneLine } from '../errors.js';
import { FileWatch } from '../file-watch.js';
import { logTo } from '../log-line.js';
import { StopSignals } from '../stop-signals.js';

/** The flags of `wherry gen`. */
export interface GenFlags {
  readonly out: string;
  readonly protoPath: readonly string[] | undefined;
  readonly int64: Int64;
  readonly watch: boolean | undefined;
}

/** The lines of `--watch`. A single run has no log. */
const log = logTo('gen');

export async function runGen(paths: readonly string[], flags: GenFlags): Promise<void> {
  if (flags.watch) await watchAndGenerate(paths, flags);
  else generateOnce(paths, flags);
}

function generateOnce(paths: readonly string[], { out, protoPath, int64 }: GenFlags): Generated {
  const generated = generate({ files: paths, protoPaths: protoPath, int64 });
  for (const name of writeGenerated(out, generated)) process.stdout.write(`${join(out, name)}\n`);
  return generated;
}

/** Generates after each change until a signal comes. Watches the given paths, and every file that the last generation read. */
async function watchAndGenerate(paths: readonly string[], flags: GenFlags): Promise<void> {
  const missing = paths.find((path) => !existsSync(dirname(path)));
  if (missing !== undefined) throw new Error(`${missing}: there is no such file or folder`);
  using signals = new StopSignals(log);
  const stopped = signals.wait();
  let sources: ReadonlySet<string> = new Set();
  while (!signals.stop.aborted) {
    await using watch = watchProtos(paths, sources);
    await watch.ready;
    const read = tryToGenerate(paths, flags);
    const isNew = [...read].some((source) => !sources.has(source));
    if (read.size > 0) sources = read;
    // A change of a file that was not watched may have been missed, so this generates once more.
    if (isNew) continue;
    if (read.size > 0) log('up to date; watching');
    await Promise.race([watch.changed, stopped]);
  }
}

/** @returns the files that were read; none after an error, which is printed. */
function tryToGenerate(paths: readonly string[], flags: GenFlags): ReadonlySet<string> {
  try {
    return new Set(generateOnce(paths, flags).sources.map((path) => resolve(path)));
  } catch (error) {
    log(`error: ${oneLine((error as Error).message)}`);
    return new Set();
  }
}

function watchProtos(paths: readonly string[], sources: Iterable<string>): FileWatch {
  const folders = paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
  const others = paths.filter((path) => !folders.includes(path));
  return new FileWatch([...folders, ...others.map((file) => dirname(file)), ...sources], {
    matters: (file) => file.endsWith('.proto'),
    // Of the folder that a given file is in, only the files count.
    skips: (folder) =>
      basename(folder) === 'node_modules' || !folders.some((given) => isWithin(resolve(given), folder)),
    failed: ({ message }) => log(`changes may be missed: ${oneLine(message)}`),
  });
}

function isWithin(parent: string, folder: string): boolean {
  return folder === parent || folder.startsWith(parent + sep);
}
