import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { runCheck } from '../buf/check.js';
import { findBuf } from '../buf/find-buf.js';
import { defaultFolder, printFindings } from '../buf/findings.js';
import { olderFiles } from '../buf/older-files.js';
import { copyForBuf, protoFilesOf } from '../buf/proto-files.js';
import { TemporaryFolder } from '../buf/temporary-folder.js';
import { addRequiredOption } from '../options/option-parsers.js';

const details = `
This command runs buf. Install it first: npm install --save-dev @bufbuild/buf. Its rules are at https://buf.build/docs/breaking.
A buf.yaml in the folder, or in the current one, chooses the rules. Without one, buf uses its rule category FILE: it finds every
change that breaks generated code or stored messages.

Each finding is one line, "FILE:LINE:COLUMN: problem (RULE)". The exit code is 1 if there is a finding or a malformed file.

Examples:
  $ wherry breaking --against main
  $ wherry breaking --against v1.2.0 services/inventory/proto
  $ wherry breaking --against ../released/proto proto`;

/** Adds `wherry breaking`, which runs buf's check for breaking changes. */
export function addBreaking(program: Command): void {
  const command = program
    .command('breaking')
    .summary('find changes in .proto files that break callers, workers or stored records')
    .description(
      'Compare .proto files with an earlier version, and find the changes that break callers, workers or stored records.',
    )
    .argument(
      '[folder]',
      'the root of import paths (default: "proto" if it exists and there is no buf.yaml here, else ".")',
    );
  addRequiredOption(
    command,
    new Option('--against <ref-or-folder>', 'the earlier version: a commit, branch or tag of git, or a folder'),
  )
    .addHelpText('after', details)
    .action((folder: string | undefined, { against }: { against: string }) =>
      breaking(folder ?? defaultFolder(), against),
    );
}

function breaking(folder: string, against: string): void {
  const files = protoFilesOf(folder);
  const buf = findBuf();
  using temporary = new TemporaryFolder();
  const older = olderFiles(against, files.root, temporary.path);
  const now = copyForBuf(files, { folder: files.root, name: files.root, has: 'root' }, join(temporary.path, 'files'));
  const before = copyForBuf(files, older, join(temporary.path, 'before'));
  const args = ['breaking', now.input, '--against', before.input, '--exclude-imports'];
  printFindings(runCheck(buf, args, temporary.path, [now, before]));
}
