import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Generated, generate, type Int64, writeGenerated } from '@wherry/codegen';
import { type Command, Option } from 'commander';
import { oneLine } from '../errors.js';
import { FolderWatch } from '../gen/watch-folders.js';
import { StopSignals } from '../stop-signals.js';

interface GenFlags {
  readonly out: string;
  readonly protoPath: string[] | undefined;
  readonly int64: Int64;
  readonly watch: boolean | undefined;
}

const details = `
Each .proto file gives one TypeScript file of the same path below --out: its messages, and for each service a definition
for addService, typed handlers, and a client. Files that are imported come along as far as their types are used. What is
the same already is not written. The code imports @wherry/codegen/runtime.

A file's path begins at --proto-path. Without it, it begins at the folder that is given, or that a file given is in, above
those of its package: proto/shop/v1/orders.proto of package shop.v1 is shop/v1/orders.ts.

What is wrong in a .proto file is said in one line, "FILE:LINE: what"; the exit code is then 1. With --watch it goes on.

Examples:
  $ wherry gen --out src/gen proto
  $ wherry gen --out src/gen --proto-path proto --watch proto/shop/v1/orders.proto`;

/** `wherry gen`: typed clients and handlers from .proto files. */
export function addGen(program: Command): void {
  const append = (value: string, before: string[] = []): string[] => [...before, value];
  program
    .command('gen')
    .summary('make typed clients and handlers from .proto files')
    .description('Make TypeScript from .proto files: messages, typed clients and handlers. Prints what it wrote.')
    .argument('<paths...>', '.proto files, and folders with them at any depth')
    .option('--out <dir>', 'the folder for what is made', 'src/gen')
    .option('--proto-path <dir>', 'where names in import begin; may be repeated', append)
    .addOption(
      new Option('--int64 <type>', 'what 64-bit integers are')
        .choices(['bigint', 'string', 'number'])
        .default('bigint'),
    )
    .option('--watch', 'stay, and make it again when a .proto file changes')
    .addHelpText('after', details)
    .action(runGen);
}

async function runGen(paths: readonly string[], flags: GenFlags): Promise<void> {
  if (flags.watch) await watchAndMake(paths, flags);
  else make(paths, flags);
}

function make(paths: readonly string[], { out, protoPath, int64 }: GenFlags): Generated {
  const generated = generate({ files: paths, protoPaths: protoPath, int64 });
  for (const name of writeGenerated(out, generated)) process.stdout.write(`${join(out, name)}\n`);
  return generated;
}

async function watchAndMake(paths: readonly string[], flags: GenFlags): Promise<void> {
  using signals = new StopSignals();
  let sources: readonly string[] = [];
  const watch = (): void => {
    watching.watch(new Set([...paths.flatMap(foldersOf), ...sources.map((path) => dirname(path))]));
  };
  const again = (): void => {
    try {
      // Before anything is read, so that no change is missed; and what turned out to be read too.
      watch();
      ({ sources } = make(paths, flags));
      watch();
      process.stderr.write('up to date; watching\n');
    } catch (error) {
      process.stderr.write(`error: ${oneLine((error as Error).message)}\n`);
    }
  };
  // A name without an ending may be a folder.
  using watching = new FolderWatch((name) => name.endsWith('.proto') || !name.includes('.'), again);
  watch();
  again();
  await signals.wait();
}

/** The folder that a path is, with all in it, or that a file is in. */
function foldersOf(path: string): string[] {
  const absolute = resolve(path);
  if (!statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) return [dirname(absolute)];
  const inside = readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  return [absolute, ...inside.filter((folder) => !folder.includes('node_modules'))];
}
