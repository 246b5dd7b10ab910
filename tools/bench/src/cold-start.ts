import { type Broker, openBroker } from './broker.js';
import { Child } from './child.js';
import { type Load, noWait } from './load/load.js';
import type { BenchOptions } from './options.js';
import { type Spread, spread } from './percentiles.js';
import type { Setting } from './processes/bench-process.js';
import type { Table } from './table.js';

const oneCall: Load = { kind: 'closed', callers: 1, wait: noWait, bodyBytes: 98, durationMs: 1000, maxCalls: 1 };

export interface ColdStartResult {
  readonly broker: string;
  /** Milliseconds from `createChannel` to the reply, in new processes. */
  readonly firstReply: Spread;
  readonly each: readonly number[];
}

/** How soon a new process has its first reply, from the broker of this run and from an embedded one. Its worker runs already. */
export async function measureColdStart(
  options: BenchOptions,
  broker: Broker,
  say: (line: string) => void,
): Promise<ColdStartResult[]> {
  const results = [await coldStarts(options, broker, say)];
  if (!broker.embedded) {
    await using embedded = await openBroker({ embedded: true, brokers: undefined });
    results.push(await coldStarts(options, embedded, say));
  }
  return results;
}

async function coldStarts(
  { compression, rounds }: BenchOptions,
  { bootstrapServers: brokers, embedded, namespace, title }: Broker,
  say: (line: string) => void,
): Promise<ColdStartResult> {
  const setting: Setting = { brokers, embedded, namespace: `${namespace}-cold`, compression, address: undefined };
  const worker = await Child.start('worker', setting);
  try {
    const each: number[] = [];
    // The first makes topics that the others find: it is thrown away.
    for (let round = 0; round <= rounds; round++) {
      const caller = await Child.start('cold-caller', setting);
      try {
        const { figures } = await caller.measure(oneCall);
        if (round > 0) each.push(figures.p50);
        say(`cold start ${round}, ${title}: ${figures.p50.toFixed(0)} ms`);
      } finally {
        await caller.stop();
      }
    }
    return { broker: title, firstReply: spread(each), each };
  } finally {
    await worker.stop();
  }
}

export function coldStartTable(results: readonly ColdStartResult[]): Table {
  return {
    head: ['new processes', 'broker', 'createChannel to first reply, ms: median', 'min', 'max'],
    rows: results.map(({ broker, firstReply: { median, min, max }, each }) => [
      String(each.length),
      broker,
      ...[median, min, max].map((ms) => ms.toFixed(0)),
    ]),
  };
}
