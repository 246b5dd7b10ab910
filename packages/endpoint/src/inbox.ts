import { randomInt } from 'node:crypto';
import { type Log, LogError, type LogRecord, type Reader } from '@wherry/kafka';
import type { InboxAddress } from '@wherry/wire';
import { HeldEvents } from './held-events.js';
import { newInboxTopic } from './topic-names.js';

/** How an instance gets its inbox: the place to which other instances write. */
export interface InboxOptions {
  /**
   * An existing topic that instances share, for clusters where instances may not make topics. Each instance takes one of the topic's
   * partitions, and skips the records there that are for other instances. Default: a new topic for each instance.
   */
  readonly topic?: string | undefined;
  /**
   * Further topics that other instances share as their inboxes. This instance refuses records of senders that are neither an inbox of its
   * namespace nor in `topic` or one of these topics.
   */
  readonly sharedTopics?: readonly string[] | undefined;
  /** How long the broker keeps replies, in milliseconds. Default 600,000. */
  readonly retentionMs?: number | undefined;
  /** Copies of a new inbox. Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined;
  /**
   * How often the instance writes to its own inbox, in milliseconds. The record proves that the inbox is in use, so `sweepInboxes` does not
   * delete it. It also proves that the instance can read the inbox. Default 30,000.
   */
  readonly heartbeatMs?: number | undefined;
}

/** See {@link InboxOptions.heartbeatMs}. */
export const defaultHeartbeatMs = 30_000;

export interface InboxListener {
  onRecord(record: LogRecord): void;
  onError(error: LogError): void;
}

/**
 * Makes an inbox and starts to read it. A new topic is read from its first record, so no reply is missed. A shared topic is read from its
 * current end.
 *
 * @throws TypeError if `options.topic` does not exist; {@link LogError} if Kafka does not answer or refuses.
 */
export async function openInbox(log: Log, namespace: string, options: InboxOptions): Promise<Inbox> {
  const shared = options.topic !== undefined;
  const address = shared ? await placeIn(log, options.topic) : await makeInbox(log, namespace, options);
  const events = new HeldEvents<InboxListener>();
  try {
    const reader = await log.readPartition({
      topic: address.topic,
      partition: address.partition,
      offset: shared ? 'end' : 0,
      onRecord: (record) => {
        if (events.listener === undefined) events.tell((listener) => listener.onRecord(record));
        else events.listener.onRecord(record);
      },
      onError: (error) => events.tell((listener) => listener.onError(error)),
    });
    return new Inbox(log, address, shared, reader, events);
  } catch (error) {
    if (!shared) await tryToDelete(log, address.topic);
    throw error;
  }
}

/** An inbox that is being read. Made by {@link openInbox}. */
export class Inbox {
  readonly address: InboxAddress;
  readonly #log: Log;
  readonly #shared: boolean;
  readonly #reader: Reader;
  readonly #events: HeldEvents<InboxListener>;

  constructor(log: Log, address: InboxAddress, shared: boolean, reader: Reader, events: HeldEvents<InboxListener>) {
    this.#log = log;
    this.address = address;
    this.#shared = shared;
    this.#reader = reader;
    this.#events = events;
  }

  /** Records in its partition that were not read yet; see {@link Reader.lag}. */
  get lag(): number {
    return this.#reader.lag;
  }

  /** Gives the records to `listener`, from the first one that was read. */
  listen(listener: InboxListener): void {
    this.#events.listen(listener);
  }

  /**
   * Stops reading, and deletes the topic if this instance made it. If the deletion fails, `sweepInboxes` deletes the topic later.
   *
   * @returns the reason if the topic could not be deleted.
   */
  async close(): Promise<LogError | undefined> {
    await this.#reader.close();
    return this.#shared ? undefined : tryToDelete(this.#log, this.address.topic);
  }
}

async function makeInbox(log: Log, namespace: string, options: InboxOptions): Promise<InboxAddress> {
  const topic = newInboxTopic(namespace, Date.now());
  const retention = String(options.retentionMs ?? 600_000);
  await log.createTopic({
    name: topic,
    partitions: 1,
    replicationFactor: options.replicationFactor,
    // The broker deletes whole segments only, and never the segment it writes to. So the broker must begin a new segment after the same
    // time.
    config: { 'cleanup.policy': 'delete', 'retention.ms': retention, 'segment.ms': retention },
  });
  return { topic, partition: 0 };
}

async function placeIn(log: Log, topic: string): Promise<InboxAddress> {
  const partitions = await log.partitions(topic);
  if (partitions === 0) {
    throw new TypeError(`inbox.topic is ${topic}, which does not exist or may not be read; make it, or leave it out`);
  }
  return { topic, partition: randomInt(partitions), instance: randomInt(1, 2 ** 32) };
}

/** @returns the error if the deletion fails. */
async function tryToDelete(log: Log, topic: string): Promise<LogError | undefined> {
  try {
    await log.deleteTopic(topic);
    return undefined;
  } catch (error) {
    return LogError.from(`deleting topic ${topic}`, error);
  }
}
