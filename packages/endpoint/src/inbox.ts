import { randomInt } from 'node:crypto';
import type { Log, LogError, LogRecord, Reader } from '@wherry/kafka';
import type { InboxAddress } from '@wherry/wire';
import { newInboxTopic } from './topic-names.js';

/** How an instance gets a place to be written to. */
export interface InboxOptions {
  /**
   * A topic that exists and is shared, where instances may not make their own. Each takes one of its partitions, and
   * passes over what is for others there. Default: a new topic for each instance.
   */
  readonly topic?: string | undefined;
  /** How long the broker keeps replies, in milliseconds. Default 600,000. */
  readonly retentionMs?: number | undefined;
  /** Copies of a new inbox. Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined;
  /**
   * How often the inbox is shown to be in use, so that no sweep takes it, and seen to be there, in milliseconds. Default
   * 30,000.
   */
  readonly heartbeatMs?: number | undefined;
}

/** See {@link InboxOptions}. */
export const defaultHeartbeatMs = 30_000;

export interface InboxCallbacks {
  onRecord(record: LogRecord): void;
  onError(error: LogError): void;
}

/** An inbox that is being read. */
export interface Inbox {
  readonly address: InboxAddress;
  /** Records in its partition that were not read yet; see {@link Reader.lag}. */
  readonly lag: number;
  /** Stops reading and deletes the topic, if it was made here. Never throws: what is left, the sweep removes. */
  close(): Promise<void>;
}

/**
 * Makes an inbox and starts to read it. A new topic is read from its first record, so no reply can come before the
 * reading starts; a shared one from the end it has now.
 */
export async function openInbox(
  log: Log,
  namespace: string,
  options: InboxOptions,
  callbacks: InboxCallbacks,
): Promise<Inbox> {
  const shared = options.topic !== undefined;
  const address = shared ? await shareOf(log, options.topic) : await makeInbox(log, namespace, options);
  const reader = await log.readPartition({ ...address, offset: shared ? 'end' : 0, ...callbacks });
  return {
    address,
    get lag() {
      return reader.lag;
    },
    close: () => closeInbox(log, address, reader, shared),
  };
}

async function makeInbox(log: Log, namespace: string, options: InboxOptions): Promise<InboxAddress> {
  const topic = newInboxTopic(namespace, Date.now());
  const retention = String(options.retentionMs ?? 600_000);
  await log.createTopic({
    name: topic,
    partitions: 1,
    replicationFactor: options.replicationFactor,
    // The broker deletes whole segments only, and never the one it writes to: so they are rolled as often.
    config: { 'cleanup.policy': 'delete', 'retention.ms': retention, 'segment.ms': retention },
  });
  return { topic, partition: 0 };
}

async function shareOf(log: Log, topic: string): Promise<InboxAddress> {
  const partitions = await log.partitions(topic);
  if (partitions === 0) {
    throw new TypeError(`inbox.topic is ${topic}, which does not exist or may not be read; make it, or leave it out`);
  }
  return { topic, partition: randomInt(partitions), instance: randomInt(1, 2 ** 32) };
}

async function closeInbox(log: Log, { topic }: InboxAddress, reader: Reader, shared: boolean): Promise<void> {
  await reader.close();
  if (!shared) await log.deleteTopic(topic).catch(() => false);
}
