import type { Log } from '@wherry/kafka';
import type { MemoryBroker } from '@wherry/kafka/memory';
import { decodeRecord, encodeRecord, type Frame, type InboxAddress, type Notice } from '@wherry/wire';
import type { ExecutionContext } from 'ava';

/** A frame that a played caller got. */
export interface GotFrame {
  readonly frame: Frame;
  readonly sender: InboxAddress;
}

/** Values that come one by one, and a wait for the next. */
export class Arrivals<T> {
  readonly #values: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  add(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#values.push(value);
    else waiting(value);
  }

  /** The next value that was not taken. */
  next(): Promise<T> {
    const value = this.#values.shift();
    return value === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(value);
  }

  /** All values that came and were not taken. */
  rest(): T[] {
    return this.#values.splice(0);
  }
}

/** A caller that the test plays: it writes frames, and reads its inbox. */
export class PlayedCaller {
  readonly #log: Log;
  readonly #frames = new Arrivals<GotFrame>();

  private constructor(
    log: Log,
    readonly inbox: InboxAddress,
  ) {
    this.#log = log;
  }

  /** Makes the inbox; closed with the test. */
  static async open(t: ExecutionContext, broker: MemoryBroker, name = 'caller'): Promise<PlayedCaller> {
    const log = broker.open({ acknowledgements: false, onUndelivered: () => undefined, onTrouble: () => undefined });
    t.teardown(() => log.close());
    const topic = `wherry.inbox.${name}`;
    const caller = new PlayedCaller(log, { topic, partition: 0 });
    await log.createTopic({ name: topic, partitions: 1 });
    await log.readPartition({
      topic,
      partition: 0,
      offset: 0,
      onRecord: ({ key, value }) => {
        const { sender, frames } = decodeRecord(key, value);
        for (const frame of frames) caller.#frames.add({ frame, sender });
      },
      onError: () => undefined,
    });
    return caller;
  }

  makeTopic(name: string, partitions: number): Promise<boolean> {
    return this.#log.createTopic({ name, partitions });
  }

  /** The next frame from the inbox. */
  next(): Promise<GotFrame> {
    return this.#frames.next();
  }

  /** The frames that came until now and were not taken. */
  rest(): Frame[] {
    return this.#frames.rest().map(({ frame }) => frame);
  }

  /** Writes frames in one record. */
  write({ topic, partition }: InboxAddress, frames: readonly Frame[], notices: readonly Notice[] = []): void {
    const { key, value } = encodeRecord({ sender: this.inbox, frames, notices });
    this.#log.produce(topic, partition, key, value);
  }

  /** Writes a record that need not be one of Wherry's. */
  writeBytes({ topic, partition }: InboxAddress, key: Buffer): void {
    this.#log.produce(topic, partition, key, null);
  }
}

/** Waits until all work that was started on a broker in memory has ended. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until `holds` returns true. Calls it in each turn of the event loop: use this for state that has no event. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
