import type { Log, LogError, LogRecord } from '@wherry/kafka';
import type { MemoryBroker } from '@wherry/kafka/memory';
import type { ExecutionContext } from 'ava';

/** A log on a broker in memory, closed at the end of the test. It ignores undelivered records and problems. */
export function openMemoryLog(t: ExecutionContext, broker: MemoryBroker): Log {
  const log = broker.open({ acknowledgements: true, onUndelivered: () => undefined, onTrouble: () => undefined });
  t.teardown(() => log.close());
  return log;
}

/** Keeps the values and errors that a reader reports, and lets a test wait for them. */
export class Heard {
  readonly values: string[] = [];
  readonly errors: LogError[] = [];
  #waiting: { wanted: () => boolean; resolve: () => void }[] = [];

  readonly onRecord = ({ value }: LogRecord): void => {
    this.values.push(String(value));
    this.look();
  };

  readonly onError = (error: LogError): void => {
    this.errors.push(error);
    this.look();
  };

  /** Waits until `wanted` returns true. `wanted` is called whenever the reader has reported something. */
  async until(wanted: () => boolean): Promise<void> {
    if (!wanted()) await new Promise<void>((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  /** Checks the conditions of {@link until} again, after something else has changed. */
  look(): void {
    const ready = this.#waiting.filter(({ wanted }) => wanted());
    this.#waiting = this.#waiting.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}

/** Waits until all work that was started on a broker in memory has ended. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
}
