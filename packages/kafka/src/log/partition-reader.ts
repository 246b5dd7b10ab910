import { type LastingReader, openLastingReader, type Reading } from './lasting-reader.js';
import type { PartitionReaderOptions, Reader } from './log.js';
import type { LogError } from './log-error.js';
import { type CheckedConnectionOptions, consumerOptions } from './log-options.js';
import { ReadingConsumer } from './reading-consumer.js';

/** librdkafka's offset that means the oldest record. */
const OFFSET_BEGINNING = -2;

/**
 * Reads one partition from an offset, without a group.
 *
 * @param endOf asks where the partition ends now. librdkafka has an offset that means the end. But librdkafka looks up the end only some time
 * after reading has begun, and the reader would miss the records that were written until then.
 */
export async function readPartition(
  options: CheckedConnectionOptions,
  embedded: boolean,
  reader: PartitionReaderOptions,
  endOf: () => Promise<number>,
  onInterrupted: (cause: LogError) => void,
): Promise<Reader> {
  const { topic, partition } = reader;
  const settings = {
    ...consumerOptions(options, embedded),
    ...(reader.offset === 'start' ? { 'auto.offset.reset': 'earliest' } : {}),
    ...(reader.onEnd === undefined ? {} : { 'enable.partition.eof': true }),
  };
  const doing = `reading ${topic}[${partition}]`;
  /** The offset from which the next consumer reads. Undefined: the partition's end. */
  let next = reader.offset === 'start' ? OFFSET_BEGINNING : reader.offset === 'end' ? undefined : reader.offset;
  const start = async (): Promise<PartitionReading> => {
    const consumer = await ReadingConsumer.open(
      doing,
      settings,
      {
        onRecord: (record) => {
          next = record.offset + 1;
          reader.onRecord(record);
        },
        onEnd: (offset) => reader.onEnd?.(offset),
        onError: (error) => reader.onError(error),
      },
      { topic: `Read on topic ${topic}`, group: `Describe on group ${options.readerGroup}` },
      options.connectTimeoutMs,
    );
    try {
      next ??= await endOf();
      consumer.client.assign([{ topic, partition, offset: next }]);
      return new PartitionReading(reader, consumer);
    } catch (error) {
      await consumer.close(() => undefined);
      throw error;
    }
  };
  const listener = {
    onError: (error: LogError) => reader.onError(error),
    onCause: (cause: LogError) => {
      onInterrupted(cause);
      reader.onError(cause);
    },
  };
  return new RdkafkaPartitionReader(await openLastingReader(doing, start, listener, options.connectTimeoutMs));
}

class RdkafkaPartitionReader implements Reader {
  readonly #lasting: LastingReader<PartitionReading>;

  constructor(lasting: LastingReader<PartitionReading>) {
    this.#lasting = lasting;
  }

  get lag(): number {
    return this.#lasting.current?.lag ?? 0;
  }

  close(): Promise<void> {
    return this.#lasting.close();
  }
}

/** The reading of one partition by one consumer. */
class PartitionReading implements Reading {
  readonly proven = Promise.resolve();
  readonly died: Promise<void>;
  readonly #reader: PartitionReaderOptions;
  readonly #consumer: ReadingConsumer;

  constructor(reader: PartitionReaderOptions, consumer: ReadingConsumer) {
    this.died = consumer.died;
    this.#reader = reader;
    this.#consumer = consumer;
  }

  get lag(): number {
    const { topic, partition } = this.#reader;
    return this.#consumer.lag([{ topic, partition }]);
  }

  end(): Promise<LogError | undefined> {
    return this.#consumer.close(() => this.#consumer.client.unassign());
  }
}
