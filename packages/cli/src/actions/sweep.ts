import { sweepInboxes } from '@wherry/endpoint';
import { type Log, openLog } from '@wherry/kafka';
import { openWithOptions } from '../errors.js';
import { type KafkaFlags, kafkaOptions } from '../options/kafka-options.js';

/** The flags of `wherry sweep`. */
export interface SweepFlags extends KafkaFlags {
  /** In milliseconds. */
  readonly olderThan: number;
}

/** Instances write to their inboxes at least once a minute, and one write may be late. A shorter time than this is dangerous. */
const CAREFUL_MS = 120_000;

export async function runSweep(flags: SweepFlags): Promise<void> {
  const { namespace = 'wherry', olderThan } = flags;
  if (olderThan < CAREFUL_MS) {
    process.stderr.write(
      'warning: instances write to their inboxes at least once a minute; a time below 2m may delete inboxes in use\n',
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
    process.stderr.write('nothing to do: an embedded broker cannot delete topics, and forgets them at its end\n');
    return;
  }
  const swept = await sweepInboxes(log, namespace, olderThan);
  for (const topic of swept) process.stdout.write(`${topic}\n`);
  process.stderr.write(`${swept.length} ${swept.length === 1 ? 'inbox' : 'inboxes'} deleted\n`);
}
