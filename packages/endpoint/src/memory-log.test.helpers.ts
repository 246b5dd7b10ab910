import type { Log, LogError, LogRecord } from '@wherry/kafka';
import type { MemoryBroker } from '@wherry/kafka/memory';
import type { ExecutionContext } from 'ava';

/** A log on a broker in memory, closed with the test. What it is told of troubles does not matter. */
export function openMemoryLog(t: ExecutionContext, broker: MemoryBroker): Log {
  const log = broker.open({ acknowledgements: true, onUndelivered: () => undefined, onTrouble: () => undefined });
  t.teardown(() => log.close());
  return log;
}

/** What a reader tells, and a way to wait for it. */
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

  /** Until this holds; looked at whenever something was heard. */
  async until(wanted: () => boolean): Promise<void> {
    if (!wanted()) await new Promise<void>((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  /** Something else has changed that {@link until} may wait for. */
  look(): void {
    const ready = this.#waiting.filter(({ wanted }) => wanted());
    this.#waiting = this.#waiting.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}

/** All that was begun on a broker in memory comes to its end. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
}
