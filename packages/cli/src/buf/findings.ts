import { existsSync } from 'node:fs';

/** The folder to check if the command line names none. */
export function defaultFolder(): string {
  return !existsSync('buf.yaml') && existsSync('proto') ? 'proto' : '.';
}

/** Prints one line for each finding. If the list is not empty, the process ends with exit code 1. */
export function printFindings(findings: readonly string[]): void {
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  if (findings.length > 0) process.exitCode = 1;
}
