import type { LogRecord } from '@wherry/kafka';
import { decodeRegistryRecord, RecordError, type RecordErrorReason, type RegistryRecord } from '@wherry/wire';
import type { EndpointCounters } from './counters.js';
import type { Logger } from './logger.js';

const counterOf = {
  foreign: 'foreignRecords',
  version: 'unknownVersionRecords',
  malformed: 'malformedRecords',
  limit: 'malformedRecords',
  sender: 'refusedSenders',
} as const satisfies Record<RecordErrorReason, keyof EndpointCounters>;

/**
 * Decodes records of topics that anyone may write to. A record that cannot be decoded must not stop its partition. It is counted and
 * skipped, and the first of its kind in each topic is logged.
 */
export class RecordDecoder {
  readonly #counters: EndpointCounters;
  readonly #logger: Logger;
  readonly #logged = new Set<string>();

  constructor(counters: EndpointCounters, logger: Logger) {
    this.#counters = counters;
    this.#logger = logger;
  }

  /**
   * @param decode throws {@link RecordError} if it cannot decode the record.
   * @returns undefined if the record was skipped.
   */
  decode<T>(record: LogRecord, decode: (key: Buffer | null, value: Buffer | null) => T): T | undefined {
    try {
      return decode(record.key, record.value);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#counters[counterOf[error.reason]]++;
      this.#logOnce(record, error);
      return undefined;
    }
  }

  /**
   * Decodes a record of the registry.
   *
   * @param admit throws RecordError if the registry has no room for the record.
   * @returns undefined if the record cannot be decoded or has no room.
   */
  decodeRegistry(record: LogRecord, admit: (entry: RegistryRecord) => void): RegistryRecord | undefined {
    return this.decode(record, (key, value) => {
      const entry = decodeRegistryRecord(key, value);
      admit(entry);
      return entry;
    });
  }

  #logOnce({ topic, partition, offset }: LogRecord, error: RecordError): void {
    const kind = `${topic} ${error.reason}`;
    if (this.#logged.has(kind)) return;
    this.#logged.add(kind);
    this.#logger.warn(
      { topic, partition, offset, reason: error.reason },
      `${topic}[${partition}]@${offset}: ${error.message}; passed over (more of this kind are counted, not logged)`,
    );
  }
}
