import type { Broker } from './broker.js';
import type { Child } from './child.js';
import type { BenchOptions } from './options.js';
import { RunningSystem } from './running-system.js';
import { type SystemName, systemOf } from './systems.js';
import type { Table } from './table.js';

const CALLS = 10_000;
const HELD_AT_MOST_MS = 600_000;
/** How many of the systems this asks of: those whose handlers can wait. */
const able: readonly SystemName[] = ['channel', 'direct'];

/** Bytes a call: V8's heap with the buffers outside of it, after a collection of garbage, and the whole process. */
interface PerCall {
  readonly heap: number;
  readonly rss: number;
}

export interface MemoryResult {
  readonly system: SystemName;
  readonly calls: number;
  readonly caller: PerCall;
  readonly worker: PerCall;
}

/**
 * What calls under way hold. Each system has new processes, warmed up; then so many handlers wait at once, and what both
 * sides have grown by is shared out among the calls.
 */
export async function measureMemory(
  options: BenchOptions,
  broker: Broker,
  say: (line: string) => void,
): Promise<MemoryResult[]> {
  const results: MemoryResult[] = [];
  for (const name of options.systems.filter((name) => able.includes(name))) {
    say(`memory: ${CALLS} calls of ${name}`);
    // On a slow machine the calls may be held for longer than it takes to accept them, which is another state to be in.
    const worker = { concurrency: CALLS, acceptAfterMs: HELD_AT_MOST_MS };
    const system = await RunningSystem.start(name, broker, { compression: options.compression, worker });
    try {
      results.push({ system: name, calls: CALLS, ...(await holdCalls(system, options.bodyBytes)) });
    } finally {
      await system.stop();
    }
  }
  return results;
}

async function holdCalls({ caller, answerer }: RunningSystem, bodyBytes: number) {
  const hold = async () => {
    await caller.holds({ do: 'hold', calls: CALLS, bodyBytes });
    await answerer.holds({ do: 'holding', calls: CALLS });
  };
  const release = async () => {
    await answerer.holds({ do: 'release' });
    await caller.holds({ do: 'released' });
  };
  // Once before it counts: code is compiled, and what grows but once has grown.
  await hold();
  await release();
  const before = await memoryOf(caller, answerer);
  await hold();
  const after = await memoryOf(caller, answerer);
  await release();
  const perCall = (one: 'caller' | 'worker'): PerCall => ({
    heap: (after[one].heap - before[one].heap) / CALLS,
    rss: (after[one].rss - before[one].rss) / CALLS,
  });
  return { caller: perCall('caller'), worker: perCall('worker') };
}

async function memoryOf(caller: Child, worker: Child) {
  return { caller: await caller.memory(), worker: await worker.memory() };
}

export function memoryTable(results: readonly MemoryResult[]): Table {
  const bytes = (value: number) => Math.round(value).toLocaleString('en');
  return {
    head: ['calls', 'system', 'heap bytes/call: caller', 'worker', 'whole process: caller', 'worker'],
    rows: results.map(({ system, calls, caller, worker }) => [
      calls.toLocaleString('en'),
      systemOf(system).title,
      bytes(caller.heap),
      bytes(worker.heap),
      bytes(caller.rss),
      bytes(worker.rss),
    ]),
  };
}
