import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { runCheck } from '../buf/check.js';
import { findBuf } from '../buf/find-buf.js';
import { copyForBuf, protoFilesOf } from '../buf/proto-files.js';
import { TemporaryFolder } from '../buf/temporary-folder.js';

const details = `
The rules are buf's (https://buf.build/docs/lint), which has to be installed: npm install --save-dev @bufbuild/buf. Those of a buf.yaml count,
in the folder or in this one; without one they are STANDARD, but that a service may be named without "Service" behind.
google/protobuf/*.proto and wherry/v1/options.proto need not be there.

Each finding is a line, "FILE:LINE:COLUMN: what (RULE)", and the exit code is then 1. So it is where a file is malformed.

Examples:
  $ wherry lint
  $ wherry lint services/inventory/proto`;

/** `wherry lint`: buf's lint, where Wherry's options can be imported. */
export function addLint(program: Command): void {
  program
    .command('lint')
    .summary("check .proto files by buf's rules")
    .description(
      "Check .proto files by buf's rules: names, packages, what clients of other languages would stumble over.",
    )
    .argument('[folder]', 'where names in import begin (default: "proto" where there is one, else ".")')
    .addHelpText('after', details)
    .action((folder?: string) => lint(folder ?? defaultFolder()));
}

/** The folder that is checked where none is named. */
export function defaultFolder(): string {
  return !existsSync('buf.yaml') && existsSync('proto') ? 'proto' : '.';
}

/** Prints what was found, a line each; the exit code is then 1. */
export function tellFindings(findings: readonly string[]): void {
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  if (findings.length > 0) process.exitCode = 1;
}

function lint(folder: string): void {
  const files = protoFilesOf(folder);
  const buf = findBuf();
  using temporary = new TemporaryFolder();
  const copy = copyForBuf(files, { folder: files.root, name: files.root, has: 'root' }, join(temporary.path, 'files'));
  const excluded = copy.excluded.flatMap((path) => ['--exclude-path', path]);
  tellFindings(runCheck(buf, ['lint', copy.input, ...excluded], temporary.path, [copy]));
}
