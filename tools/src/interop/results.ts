import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The result of one case on one path, over one broker. */
export interface InteropResult {
  /** One of `interopBrokers`, or another cluster somebody ran the suite on. */
  readonly broker: string;
  /** As `wayName` has it. */
  readonly way: string;
  readonly case: string;
  readonly passed: boolean;
}

/** Where a run writes its results, a file of JSON lines for each broker: `WHERRY_INTEROP_RESULTS`, or a folder that git ignores. */
export function resultsFolder(): string {
  return process.env['WHERRY_INTEROP_RESULTS'] ?? fileURLToPath(new URL('../../../.interop/', import.meta.url));
}

/** Begins a run over a broker. The results of earlier runs over it are dropped. */
export function beginResults(folder: string, broker: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(folder, broker), '');
}

export function addResult(folder: string, result: InteropResult): void {
  appendFileSync(fileOf(folder, result.broker), `${JSON.stringify(result)}\n`);
}

/** The results of all runs; none where there was no run. */
export function readResults(folder: string): InteropResult[] {
  return fileNames(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as InteropResult),
  );
}

function fileOf(folder: string, broker: string): string {
  return join(folder, `${broker}.jsonl`);
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
