import { sweepInboxes } from '@wherry/endpoint';
import { type Log, openLog } from '@wherry/kafka';
import type { Command } from 'commander';
import { openWithOptions } from '../errors.js';
import { addKafkaOptions, durationOption, type KafkaFlags, kafkaOptions } from '../options.js';

interface SweepFlags extends KafkaFlags {
  readonly olderThan: number;
}

/** Instances write to their inboxes every minute. One beat may be late. */
const CAREFUL_MS = 120_000;

/** `wherry sweep`: removes what instances that died have left. */
export function addSweep(program: Command): void {
  const command = program
    .command('sweep')
    .summary('delete the inboxes of instances that are gone')
    .description(
      'Delete the inboxes of callers and workers that are gone without having closed, and print the names of the ' +
        'topics deleted. One that is in use is written to every minute.',
    );
  addKafkaOptions(command)
    .addOption(
      durationOption('--older-than <time>', "an inbox with nothing newer than this is nobody's").default(
        600_000,
        '10m',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ wherry sweep --brokers localhost:9092 --older-than 10m')
    .action(runSweep);
}

async function runSweep(flags: SweepFlags): Promise<void> {
  const { namespace = 'wherry', olderThan } = flags;
  if (olderThan < CAREFUL_MS) {
    process.stderr.write(
      'warning: instances show themselves every minute; a time below 2m may delete inboxes in use\n',
    );
  }
  const log = await openWithOptions(() =>
    openLog({
      ...kafkaOptions(flags),
      acknowledgements: false,
      onUndelivered: () => undefined,
      onTrouble: () => undefined,
    }),
  );
  try {
    await sweep(log, namespace, olderThan);
  } finally {
    await log.close();
  }
}

async function sweep(log: Log, namespace: string, olderThan: number): Promise<void> {
  if (log.embedded) {
    process.stderr.write('nothing to do: an embedded broker cannot delete topics, and forgets them when it ends\n');
    return;
  }
  const swept = await sweepInboxes(log, namespace, olderThan);
  for (const topic of swept) process.stdout.write(`${topic}\n`);
  process.stderr.write(`${swept.length} ${swept.length === 1 ? 'inbox' : 'inboxes'} deleted\n`);
}
