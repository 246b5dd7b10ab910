import { join } from 'node:path';
import type { Command } from 'commander';
import { runCheck } from '../buf/check.js';
import { findBuf } from '../buf/find-buf.js';
import { defaultFolder, printFindings } from '../buf/findings.js';
import { copyForBuf, protoFilesOf } from '../buf/proto-files.js';
import { TemporaryFolder } from '../buf/temporary-folder.js';

const details = `
This command runs buf. Install it first: npm install --save-dev @bufbuild/buf. Its rules are at https://buf.build/docs/lint. A
buf.yaml in the folder, or in the current one, chooses the rules. Without one, the rules are STANDARD, except that the name of a
service need not end with "Service". You need no copies of google/protobuf/*.proto and wherry/v1/options.proto.

Each finding is one line, "FILE:LINE:COLUMN: problem (RULE)". The exit code is 1 if there is a finding or a malformed file.

Examples:
  $ wherry lint
  $ wherry lint services/inventory/proto`;

/** Adds `wherry lint`, which runs buf's lint on files that may import Wherry's options. */
export function addLint(program: Command): void {
  program
    .command('lint')
    .summary("check .proto files by buf's rules")
    .description(
      "Check .proto files by buf's rules: names, packages, and constructs that cause trouble for clients in other languages.",
    )
    .argument(
      '[folder]',
      'the root of import paths (default: "proto" if it exists and there is no buf.yaml here, else ".")',
    )
    .addHelpText('after', details)
    .action((folder?: string) => lint(folder ?? defaultFolder()));
}

function lint(folder: string): void {
  const files = protoFilesOf(folder);
  const buf = findBuf();
  using temporary = new TemporaryFolder();
  const copy = copyForBuf(files, { folder: files.root, name: files.root, has: 'root' }, join(temporary.path, 'files'));
  const excluded = copy.excluded.flatMap((path) => ['--exclude-path', path]);
  printFindings(runCheck(buf, ['lint', copy.input, ...excluded], temporary.path, [copy]));
}
