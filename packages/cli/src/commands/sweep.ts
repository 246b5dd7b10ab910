import type { Command } from 'commander';
import type { SweepFlags } from '../actions/sweep.js';
import { addKafkaOptions } from '../options/kafka-options.js';
import { durationOption } from '../options/option-parsers.js';

/** Adds `wherry sweep`, which deletes the inboxes that dead instances have left. */
export function addSweep(program: Command): void {
  const command = program
    .command('sweep')
    .summary('delete the inboxes of dead callers and workers')
    .description(
      'Delete the inboxes of callers and workers that died without closing, and print the names of the deleted topics. ' +
        'A live instance writes to its inbox at least once a minute.',
    );
  addKafkaOptions(command)
    .addOption(
      durationOption('--older-than <time>', 'delete an inbox if its newest record is older than this').default(
        600_000,
        '10m',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ wherry sweep --brokers localhost:9092 --older-than 10m')
    .action(async (flags: SweepFlags) => (await import('../actions/sweep.js')).runSweep(flags));
}
