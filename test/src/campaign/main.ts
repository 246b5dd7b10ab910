import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { logTo, StopSignals } from '@wherry/cli/internal';
import { readCommandLine, runMain } from '@wherry/tools/local';
import { runCampaign } from './campaign.js';
import { failedSeeds, noteSeed } from './failed-seeds.js';
import { HELP, readOptions } from './options.js';
import { reportOf } from './report.js';
import { failuresOf } from './result.js';

const SEEDS = 2 ** 32;
/** With the number of a signal added, it is the exit code of a program that the signal ended. */
const SIGNAL_EXIT_CODE = 128;

const say = logTo('campaign');

async function main(): Promise<void> {
  const options = readCommandLine(() => readOptions(process.argv.slice(2)));
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  const { seed, report, ...campaign } = options;
  using signals = new StopSignals(
    () => say('ending early, with the report of what was done; a second signal ends at once, without'),
    // All that this program has started ends with it.
    (name) => process.exit(SIGNAL_EXIT_CODE + constants.signals[name]),
  );
  const signal = signals.stop;
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

runMain(main);
