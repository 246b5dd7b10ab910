import { type Command, Option } from 'commander';
import type { GenFlags } from '../actions/gen.js';
import { append } from '../options/option-parsers.js';

const details = `
Each .proto file gives one TypeScript file with the same path below --out. It has the messages, and for each service a
definition for addService, typed handlers and a client. If your files use types of an imported file, that file gives a
TypeScript file too, with these types. A file that would not change is not written. The generated code imports
@wherry/codegen/runtime.

A generated file has the path of its .proto file, relative to --proto-path. Without that option, the path is relative to the
given folder. If you give a file instead, or a folder that belongs to the package, the path begins at the folders that match
the package: proto/shop/v1/orders.proto of package shop.v1 becomes shop/v1/orders.ts.

An error in a .proto file is one line, "FILE:LINE: problem", and the exit code is 1. With --watch the command keeps running.

Examples:
  $ wherry gen --out src/gen proto
  $ wherry gen --out src/gen --proto-path proto --watch proto/shop/v1/orders.proto`;

/** Adds `wherry gen`, which generates typed clients and handlers from .proto files. */
export function addGen(program: Command): void {
  program
    .command('gen')
    .summary('generate typed clients and handlers from .proto files')
    .description(
      'Generate TypeScript from .proto files: messages, typed clients and handlers. Prints the files that it wrote.',
    )
    .argument('<paths...>', '.proto files, or folders with .proto files at any depth')
    .option('--out <dir>', 'the folder for the generated code', 'src/gen')
    .option('--proto-path <dir>', 'a root of import paths; may be repeated', append)
    .addOption(
      new Option('--int64 <type>', 'the TypeScript type of 64-bit integers')
        .choices(['bigint', 'string', 'number'])
        .default('bigint'),
    )
    .option('--watch', 'keep running, and generate again when a .proto file changes')
    .addHelpText('after', details)
    .action(async (paths: readonly string[], flags: GenFlags) =>
      (await import('../actions/gen.js')).runGen(paths, flags),
    );
}
