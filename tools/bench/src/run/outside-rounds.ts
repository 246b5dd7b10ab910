import { type Load, noWait } from '../load/load.js';
import type { BenchOptions } from '../options.js';
import type { SystemName } from '../plan.js';
import type { Handled } from '../processes/bench-service.js';
import type { Setting } from '../processes/protocol.js';
import { type Broker, openBroker } from './broker.js';
import { Child } from './child.js';
import { RunningSystem } from './running-system.js';

// The parts that are measured outside of the rounds: memory, added workers, cold starts.

type Say = (line: string) => void;

const HELD_CALLS = 10_000;
const HELD_AT_MOST_MS = 600_000;
/** Systems whose memory is measured: their handlers can wait. */
const withMemory: readonly SystemName[] = ['channel', 'direct'];

/** Bytes a call: V8's heap with the buffers outside of it, after a garbage collection, and the whole process. */
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
 * The memory that calls under way hold. Each system has new processes, warmed up. Then so many handlers wait at once, and the
 * growth of both sides is divided by the number of calls.
 */
export async function measureMemory(options: BenchOptions, broker: Broker, say: Say): Promise<MemoryResult[]> {
  const results: MemoryResult[] = [];
  for (const name of options.systems.filter((name) => withMemory.includes(name))) {
    say(`memory: ${HELD_CALLS} calls of ${name}`);
    // On a slow machine the calls may be held for so long that the worker would accept them, which needs other memory.
    const worker = { concurrency: HELD_CALLS, acceptAfterMs: HELD_AT_MOST_MS };
    const system = await RunningSystem.start(name, broker, { compression: options.compression, worker });
    try {
      results.push({ system: name, calls: HELD_CALLS, ...(await holdCalls(system, options.bodyBytes)) });
    } finally {
      await system.stop();
    }
  }
  return results;
}

async function holdCalls({ caller, answerer }: RunningSystem, bodyBytes: number) {
  const hold = async () => {
    await caller.holds({ do: 'hold', calls: HELD_CALLS, bodyBytes });
    await answerer.holds({ do: 'holding', calls: HELD_CALLS });
  };
  const release = async () => {
    await answerer.holds({ do: 'release' });
    await caller.holds({ do: 'released' });
  };
  const memory = async () => ({ caller: await caller.memory(), worker: await answerer.memory() });
  // Once without measuring, until code is compiled and everything that grows only once has grown.
  await hold();
  await release();
  const before = await memory();
  await hold();
  const after = await memory();
  await release();
  const perCall = (one: 'caller' | 'worker'): PerCall => ({
    heap: (after[one].heap - before[one].heap) / HELD_CALLS,
    rss: (after[one].rss - before[one].rss) / HELD_CALLS,
  });
  return { caller: perCall('caller'), worker: perCall('worker') };
}

const WORKERS = [1, 2, 4];
/** The load of added workers. */
export const workersLoad = {
  /** How many calls each worker runs at once. A machine with two cores can then keep four workers busy with waiting handlers. */
  concurrency: 8,
  /** Far more than all workers together run, so that calls always wait. */
  callers: 256,
  waitMs: 5,
} as const;
const SETTLE_MS = 300;
const SETTLE_LIMIT_MS = 30_000;

export interface AddedWorkersResult {
  readonly workers: number;
  readonly callsPerSecond: number;
  /** Calls/s as a multiple of one worker's. */
  readonly timesOne: number;
  /** Of each worker: the share of the time in which its places were taken. 1: it always ran as many calls as it may. */
  readonly busy: readonly number[];
}

/** Measures whether added workers take an even share of the waiting calls, and how soon. */
export async function measureAddedWorkers(
  { compression, measureMs }: BenchOptions,
  broker: Broker,
  say: Say,
): Promise<AddedWorkersResult[]> {
  const { concurrency } = workersLoad;
  const setting = { ...settingOf(broker, 'workers', compression), worker: { concurrency } };
  const workers: Child[] = [];
  let caller: Child | undefined;
  try {
    const results: AddedWorkersResult[] = [];
    for (const number of WORKERS) {
      while (workers.length < number) workers.push(await Child.start('worker', setting));
      caller ??= await Child.start('channel-caller', setting);
      await untilAllWork(caller, workers);
      const before = await handledBy(workers);
      const { figures } = await caller.measure(waitingLoad(measureMs));
      const after = await handledBy(workers);
      const callsPerSecond = figures.calls / figures.seconds;
      const busy = after.map(
        ({ busyMs }, at) => (busyMs - (before[at]?.busyMs ?? 0)) / (figures.seconds * 1000 * concurrency),
      );
      const timesOne = callsPerSecond / (results[0]?.callsPerSecond ?? callsPerSecond);
      results.push({ workers: number, callsPerSecond, timesOne, busy });
      say(`${number} workers: ${Math.round(callsPerSecond)} calls/s; busy ${busy.map((one) => one.toFixed(2))}`);
    }
    return results;
  } finally {
    await caller?.stop();
    for (const worker of workers) await worker.stop();
  }
}

/** A new worker gets its partitions some time after it has started. Calls tell when. */
async function untilAllWork(caller: Child, workers: readonly Child[]): Promise<void> {
  for (const giveUpAt = Date.now() + SETTLE_LIMIT_MS; ; ) {
    const before = await handledBy(workers);
    // The first calls may find no worker.
    await caller.measure(waitingLoad(SETTLE_MS)).catch((error: unknown) => {
      if (Date.now() > giveUpAt) throw error;
    });
    const after = await handledBy(workers);
    if (after.every(({ calls }, at) => calls > (before[at]?.calls ?? 0))) return;
    if (Date.now() > giveUpAt)
      throw new Error(`one of ${workers.length} workers got no calls in ${SETTLE_LIMIT_MS} ms`);
  }
}

function handledBy(workers: readonly Child[]): Promise<Handled[]> {
  return Promise.all(workers.map((worker) => worker.handled()));
}

function waitingLoad(durationMs: number): Load {
  const wait = { minMs: workersLoad.waitMs, maxMs: workersLoad.waitMs };
  return { kind: 'closed', callers: workersLoad.callers, wait, bodyBytes: 98, durationMs, maxCalls: 1_000_000 };
}

const oneCall: Load = { kind: 'closed', callers: 1, wait: noWait, bodyBytes: 98, durationMs: 1000, maxCalls: 1 };

export interface ColdStartResult {
  readonly broker: string;
  /** Of each new process: milliseconds from `createChannel` to the reply. */
  readonly each: readonly number[];
}

/** Measures how soon a new process has its first reply, from the broker of this run and from an embedded one. Its worker already runs. */
export async function measureColdStart(options: BenchOptions, broker: Broker, say: Say): Promise<ColdStartResult[]> {
  const results = [await coldStarts(options, broker, say)];
  if (!broker.embedded) {
    await using embedded = await openBroker({ embedded: true, brokers: undefined });
    results.push(await coldStarts(options, embedded, say));
  }
  return results;
}

async function coldStarts({ compression, rounds }: BenchOptions, broker: Broker, say: Say): Promise<ColdStartResult> {
  const setting = settingOf(broker, 'cold', compression);
  const worker = await Child.start('worker', setting);
  try {
    const each: number[] = [];
    // The first one creates topics that the others find: it is thrown away.
    for (let round = 0; round <= rounds; round++) {
      const caller = await Child.start('cold-caller', setting);
      try {
        const { figures } = await caller.measure(oneCall);
        if (round > 0) each.push(figures.p50);
        say(`cold start ${round}, ${broker.title}: ${figures.p50.toFixed(0)} ms`);
      } finally {
        await caller.stop();
      }
    }
    return { broker: broker.title, each };
  } finally {
    await worker.stop();
  }
}

function settingOf(
  { bootstrapServers: brokers, embedded, namespace }: Broker,
  part: string,
  compression: Setting['compression'],
): Setting {
  return { brokers, embedded, namespace: `${namespace}-${part}`, compression, address: undefined };
}
