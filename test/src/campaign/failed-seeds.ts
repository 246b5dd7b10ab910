import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Not in git: it holds the seeds that failed in this clone, one a line. */
const file = fileURLToPath(new URL('../../../.campaign-failed', import.meta.url));

/** The seeds that failed and have not passed since, in the order in which they failed. */
export function failedSeeds(): number[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return [...new Set(lines.filter((line) => /^\d+$/.test(line)).map(Number))];
}

/** Remembers a seed that failed, and forgets one that passed. */
export function noteSeed(seed: number, failed: boolean): void {
  const others = failedSeeds().filter((other) => other !== seed);
  const seeds = failed ? [...others, seed] : others;
  if (seeds.length === 0) rmSync(file, { force: true });
  else writeFileSync(file, seeds.map((each) => `${each}\n`).join(''));
}
