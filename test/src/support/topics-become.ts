import type { Log } from '@wherry/kafka';
import type { ExecutionContext } from 'ava';

/** Brokers of a cluster learn of new and deleted topics one after another; in the end all agree. */
export async function topicsBecome(
  t: ExecutionContext,
  log: Log,
  prefix: string,
  wanted: readonly string[],
): Promise<void> {
  t.timeout(60_000);
  const sorted = [...wanted].sort().join();
  while ((await log.topics(prefix)).sort().join() !== sorted);
  t.pass();
}
