import { type InboxAddress, RecordError } from '@wherry/wire';
import { inboxPrefix } from './topic-names.js';

/**
 * Knows which topics may be inboxes of other instances. A reader of a record writes answers to the record's sender. So a record with any
 * other sender could make the reader write into a topic of another program.
 */
export class Senders {
  readonly #prefix: string;
  readonly #shared: ReadonlySet<string>;

  /** @param shared the topics that instances share as their inboxes. */
  constructor(namespace: string, shared: readonly string[]) {
    this.#prefix = inboxPrefix(namespace);
    this.#shared = new Set(shared);
  }

  /** @throws RecordError if the sender cannot be an inbox. */
  check({ topic }: InboxAddress): void {
    if (topic.startsWith(this.#prefix) || this.#shared.has(topic)) return;
    throw new RecordError('sender', `its sender is not an inbox (see option inbox.sharedTopics): ${topic}`);
  }
}
