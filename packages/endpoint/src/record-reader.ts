import type { LogRecord } from '@wherry/kafka';
import { RecordError, type RecordErrorReason } from '@wherry/wire';
import type { EndpointCounters } from './counters.js';
import type { Logger } from './logger.js';

const counterOf = {
  foreign: 'foreignRecords',
  version: 'unknownVersionRecords',
  malformed: 'malformedRecords',
} as const satisfies Record<RecordErrorReason, keyof EndpointCounters>;

/**
 * Reads records of topics that anyone may write to. One that cannot be read is counted, logged the first time for its
 * topic and kind, and otherwise passed over: it must not stop its partition.
 */
export class RecordReader {
  readonly #counters: EndpointCounters;
  readonly #logger: Logger;
  readonly #logged = new Set<string>();

  constructor(counters: EndpointCounters, logger: Logger) {
    this.#counters = counters;
    this.#logger = logger;
  }

  /** `decode` throws RecordError for what it cannot read. */
  read<T>(record: LogRecord, decode: (key: Buffer | null, value: Buffer | null) => T): T | undefined {
    try {
      return decode(record.key, record.value);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#counters[counterOf[error.reason]]++;
      this.#logOnce(record, error);
      return undefined;
    }
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
