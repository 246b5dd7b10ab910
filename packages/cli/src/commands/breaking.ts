import { join } from 'node:path';
import type { Command } from 'commander';
import { runCheck } from '../buf/check.js';
import { findBuf } from '../buf/find-buf.js';
import { olderFiles } from '../buf/older-files.js';
import { copyForBuf, protoFilesOf } from '../buf/proto-files.js';
import { TemporaryFolder } from '../buf/temporary-folder.js';
import { defaultFolder, tellFindings } from './lint.js';

const details = `
The rules are buf's (https://buf.build/docs/breaking), which has to be installed: npm install --save-dev @bufbuild/buf. Those of a buf.yaml
count, in the folder or in this one; without one they are FILE: what generated code or stored messages would notice.

Each finding is a line, "FILE:LINE:COLUMN: what (RULE)", and the exit code is then 1. So it is where a file is malformed.

Examples:
  $ wherry breaking --against main
  $ wherry breaking --against v1.2.0 services/inventory/proto
  $ wherry breaking --against ../released/proto proto`;

/** `wherry breaking`: buf's check for breaking changes. */
export function addBreaking(program: Command): void {
  program
    .command('breaking')
    .summary('find what in .proto files would break callers, workers or records of before')
    .description(
      'Compare .proto files with those of before, and find what would break programs or records that use them.',
    )
    .argument('[folder]', 'where names in import begin (default: "proto" where there is one, else ".")')
    .requiredOption('--against <ref-or-folder>', 'a commit, branch or tag of git, or a folder of before')
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
  tellFindings(runCheck(buf, args, temporary.path, [now, before]));
}
