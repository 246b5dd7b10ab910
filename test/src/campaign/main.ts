import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { runMain } from '@wherry/tools/local';
import { runCampaign } from './campaign.js';
import { failedSeeds, noteSeed } from './failed-seeds.js';
import { HELP, readOptions } from './options.js';
import { reportOf } from './report.js';
import { failuresOf } from './result.js';

const SEEDS = 2 ** 32;
/** npm passes a Ctrl-C on to a program that has received it from the terminal already. Within this time the two count as one. */
const SAME_SIGNAL_MS = 500;
/** The exit code of a program that was ended by SIGINT. */
const INTERRUPTED_EXIT_CODE = 130;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  const { seed, report, ...campaign } = options;
  const signal = stopSignal();
  const remembered = campaign.only === '';
  // A seed that was asked for runs alone.
  const seeds = seed !== undefined ? [seed] : [...(remembered ? failedSeeds() : []), randomInt(SEEDS)];
  const reports: string[] = [];
  for (const each of seeds) {
    if (signal.aborted) break;
    const result = await runCampaign({ ...campaign, seed: each, signal, say });
    const failed = failuresOf(result).length > 0;
    if (remembered && (failed || !result.interrupted)) noteSeed(each, failed);
    if (failed) process.exitCode = 1;
    const text = reportOf(result);
    reports.push(text);
    console.log(text);
    if (report !== undefined) writeFileSync(report, reports.join('\n'));
  }
}

function say(line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);
}

/** Aborted by the first SIGINT or SIGTERM. The second one ends this program at once; all that it has started ends with it. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  let lastAt = Number.NEGATIVE_INFINITY;
  const onSignal = (): void => {
    const at = performance.now();
    const same = at - lastAt < SAME_SIGNAL_MS;
    lastAt = at;
    if (same) return;
    if (stop.signal.aborted) process.exit(INTERRUPTED_EXIT_CODE);
    say('ending early, with the report of what was done; a second signal ends at once, without');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return stop.signal;
}

runMain(main);
