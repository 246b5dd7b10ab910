import type { Log } from '@wherry/kafka';
import { LogError } from '@wherry/kafka';
import { inboxMadeAt, inboxPrefix } from './topic-names.js';

/**
 * Deletes the inboxes of instances that ended without closing. A running instance writes to its own inbox every half minute
 * (`inbox.heartbeatMs`), so an inbox whose newest record is older than `olderThanMs` belongs to no running instance.
 *
 * @param olderThanMs in milliseconds; choose several heartbeats. Default 600,000.
 * @returns the names of the deleted topics.
 * @throws LogError if Kafka does not answer.
 */
export async function sweepInboxes(log: Log, namespace: string, olderThanMs = 600_000): Promise<string[]> {
  const before = Date.now() - olderThanMs;
  const swept: string[] = [];
  for (const topic of await log.topics(inboxPrefix(namespace))) {
    const madeAt = inboxMadeAt(namespace, topic);
    if (madeAt === undefined || madeAt >= before) continue;
    if ((await isInUse(log, topic, before)) === false && (await log.deleteTopic(topic))) swept.push(topic);
  }
  return swept;
}

/** Whether the inbox has a record since `since`; undefined if another sweep has deleted the inbox meanwhile. */
async function isInUse(log: Log, topic: string, since: number): Promise<boolean | undefined> {
  try {
    return await log.hasRecordSince(topic, since);
  } catch (error) {
    if (error instanceof LogError && error.topicUnknown) return undefined;
    throw error;
  }
}
