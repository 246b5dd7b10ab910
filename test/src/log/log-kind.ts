import type { LogOptions } from '@wherry/kafka';
import type { MemoryBroker } from '@wherry/kafka/memory';
import type { ExecutionContext } from 'ava';
import { openTestLog, type TestLog } from '../support/log-records.js';

/** What a test of the contract may ask of a log. */
export interface ContractOptions {
  readonly acknowledgements?: boolean;
  /** The largest record that the log takes. */
  readonly maxRecordBytes?: number;
  /** Whether a topic that is not there is given up after a second or two. */
  readonly givesUpSoon?: boolean;
}

/** A kind of log that the contract holds for. */
export interface LogKind {
  /** Whether its broker is the embedded one, which cannot do all that Kafka can. */
  readonly embedded: boolean;
  /** Opens a log that is closed with the test. All logs of a kind are on one broker. */
  open(t: ExecutionContext, options?: ContractOptions): Promise<TestLog>;
}

/** Logs on the embedded broker or on real Kafka, whichever the suite runs on. */
export function rdkafkaLogs(embedded: boolean, brokers: () => string, base: Partial<LogOptions> = {}): LogKind {
  return {
    embedded,
    open: (t, { acknowledgements = true, maxRecordBytes, givesUpSoon = false } = {}) =>
      openTestLog(t, brokers(), {
        ...base,
        acknowledgements,
        // Kafka may not have told all its brokers of a new topic yet; librdkafka waits for that, by default half a minute.
        kafka: givesUpSoon ? { 'topic.metadata.propagation.max.ms': 500 } : {},
        producer: {
          ...(maxRecordBytes === undefined ? {} : { 'message.max.bytes': maxRecordBytes }),
          ...(givesUpSoon ? { 'message.timeout.ms': 5000 } : {}),
        },
      }),
  };
}

/** Logs on a broker in memory. */
export function memoryLogs(broker: MemoryBroker): LogKind {
  return {
    embedded: false,
    open: async (t, { acknowledgements = true, maxRecordBytes } = {}) => {
      const undelivered: TestLog['undelivered'] = [];
      const log = broker.open({
        acknowledgements,
        maxRecordBytes,
        onUndelivered: (record, error) => undelivered.push({ ...record, error }),
        onTrouble: () => undefined,
      });
      t.teardown(() => log.close());
      return { log, undelivered };
    },
  };
}
