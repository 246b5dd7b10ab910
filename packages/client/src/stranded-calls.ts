import { status as Status } from '@grpc/grpc-js';
import { type Log, LogError, type TopicPartition } from '@wherry/kafka';

/** How often, in milliseconds, the channel looks for calls whose opening is gone. */
const LOOK_MS = 60_000;

/** A call that may wait for a worker. */
export interface WaitingCall {
  /** The partition that holds the opening. Undefined if the call was not sent, has a deadline, or a worker has accepted it. */
  readonly waitsIn: TopicPartition | undefined;
  cancelWithStatus(code: Status, details: string): void;
}

/**
 * Ends the calls without a deadline that no worker can answer any more: the retention of their request topic has deleted their opening, or
 * the topic itself is gone. Kafka has no event for this, so each minute this class looks at the calls that no worker has accepted for a
 * minute or more. Other calls cost nothing.
 */
export class StrandedCalls {
  readonly #log: Pick<Log, 'startOf' | 'endOf'>;
  readonly #calls: () => Iterable<WaitingCall>;
  readonly #timer: NodeJS.Timeout;
  /** The calls that waited at the last look. Each has an offset above that of its opening; undefined if the offset is not known yet. */
  #waiting = new Map<WaitingCall, number | undefined>();
  #looking = false;

  constructor(log: Pick<Log, 'startOf' | 'endOf'>, calls: () => Iterable<WaitingCall>) {
    this.#log = log;
    this.#calls = calls;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const before = this.#waiting;
    this.#waiting = new Map();
    const byPartition = new Map<string, { partition: TopicPartition; calls: WaitingCall[] }>();
    for (const call of this.#calls()) {
      const partition = call.waitsIn;
      if (partition === undefined) continue;
      this.#waiting.set(call, before.get(call));
      if (!before.has(call)) continue;
      const name = `${partition.topic}/${partition.partition}`;
      const group = byPartition.get(name) ?? { partition, calls: [] };
      group.calls.push(call);
      byPartition.set(name, group);
    }
    try {
      for (const { partition, calls } of byPartition.values()) await this.#lookAt(partition, calls);
    } finally {
      this.#looking = false;
    }
  }

  async #lookAt({ topic, partition }: TopicPartition, calls: readonly WaitingCall[]): Promise<void> {
    try {
      const start = await this.#log.startOf(topic, partition);
      const end = await this.#log.endOf(topic, partition);
      for (const call of calls) {
        const before = this.#waiting.get(call);
        // If the partition ends earlier than before, it belongs to another topic of the same name.
        if (before === undefined) this.#waiting.set(call, end);
        else if (start >= before || end < before) this.#end([call], `${topic}[${partition}] has deleted its record`);
      }
    } catch (error) {
      // If no broker answers, the next look asks again.
      if (error instanceof LogError && error.topicUnknown) this.#end(calls, `${topic} was deleted`);
    }
  }

  #end(calls: readonly WaitingCall[], cause: string): void {
    const details = `no worker can answer this call any more: ${cause}; give calls a deadline, or the topic a longer retention`;
    for (const call of calls) {
      // A worker may have accepted the call in the meantime. If the call waits in the queue of a worker, the cancel ends it there.
      if (call.waitsIn !== undefined) call.cancelWithStatus(Status.UNAVAILABLE, details);
    }
  }
}
