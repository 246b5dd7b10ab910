import { randomBytes } from 'node:crypto';
import { type Log, type LogError, type LogOptions, type LogRecord, openLog } from '@wherry/kafka';
import type { ExecutionContext } from 'ava';

/** A log for a test, which closes it at its end, and what it was told of troubles. */
export interface TestLog {
  readonly log: Log;
  readonly undelivered: { topic: string; partition: number; key: Buffer | null; error: LogError }[];
}

export async function openTestLog(
  t: ExecutionContext,
  brokers: string,
  options: Partial<LogOptions> = {},
): Promise<TestLog> {
  const undelivered: TestLog['undelivered'] = [];
  const log = await openLog({
    brokers,
    acknowledgements: true,
    onUndelivered: (record, error) => undelivered.push({ ...record, error }),
    onTrouble: () => undefined,
    ...options,
  });
  t.teardown(() => log.close());
  return { log, undelivered };
}

/** A name for a topic or a group that nothing else has. */
export function newName(what: string): string {
  return `test-${what}-${randomBytes(6).toString('hex')}`;
}

/** What a reader delivers, and a way to wait for it. Its methods can be given to a reader as they are. */
export class Received {
  readonly records: LogRecord[] = [];
  readonly errors: LogError[] = [];
  #waiting: { wanted: () => boolean; resolve: () => void }[] = [];

  /** Called with each record, if set. */
  onRead: ((record: LogRecord) => void) | undefined;

  readonly onRecord = (record: LogRecord): void => {
    this.records.push(record);
    this.onRead?.(record);
    this.#tell();
  };

  readonly onError = (error: LogError): void => {
    this.errors.push(error);
    this.#tell();
  };

  /** Until so many records have come. */
  count(wanted: number): Promise<void> {
    return this.until(() => this.records.length >= wanted);
  }

  /** Until this holds; looked at whenever a record or an error has come. */
  async until(wanted: () => boolean): Promise<void> {
    if (!wanted()) await new Promise<void>((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  /** Something else has changed that {@link until} may wait for. */
  look(): void {
    this.#tell();
  }

  #tell(): void {
    const ready = this.#waiting.filter(({ wanted }) => wanted());
    this.#waiting = this.#waiting.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }

  /** The numbers that {@link numbered} wrote. */
  get numbers(): number[] {
    return this.records.map(({ value }) => Number(value));
  }
}

/** Writes records whose values are the numbers from `from` on, and waits until the broker has them. */
export async function numbered(log: Log, topic: string, partition: number, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) {
    log.produce(topic, partition, Buffer.from('key'), Buffer.from(String(number)));
  }
  await log.flush(10_000);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
