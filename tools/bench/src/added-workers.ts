import type { Handled } from './bench-service.js';
import type { Broker } from './broker.js';
import { Child } from './child.js';
import type { Load } from './load/load.js';
import type { BenchOptions } from './options.js';
import type { Setting } from './processes/bench-process.js';
import type { Table } from './table.js';

const WORKERS = [1, 2, 4];
/** Each worker runs so many calls at once: a machine of two cores can then keep four workers busy with waiting. */
const CONCURRENCY = 8;
/** Far more than all workers together run: there is always a queue. */
const CALLERS = 256;
const WAIT_MS = 5;
const SETTLE_MS = 300;
const SETTLE_LIMIT_MS = 30_000;

export interface AddedWorkersResult {
  readonly workers: number;
  readonly callsPerSecond: number;
  /** Calls/s as a multiple of one worker's. */
  readonly timesOne: number;
  /** The share of the time in which a worker's places were taken, of each. 1: it always ran as many calls as it may. */
  readonly busy: readonly number[];
}

/** Whether workers that are added take their share, at once and evenly, of calls that wait. */
export async function measureAddedWorkers(
  { compression, measureMs }: BenchOptions,
  { bootstrapServers: brokers, embedded, namespace }: Broker,
  say: (line: string) => void,
): Promise<AddedWorkersResult[]> {
  const setting: Setting = {
    brokers,
    embedded,
    namespace: `${namespace}-workers`,
    compression,
    worker: { concurrency: CONCURRENCY },
    address: undefined,
  };
  const workers: Child[] = [];
  let caller: Child | undefined;
  try {
    const results: AddedWorkersResult[] = [];
    for (const number of WORKERS) {
      while (workers.length < number) workers.push(await Child.start('worker', setting));
      caller ??= await Child.start('channel-caller', setting);
      await untilAllWork(caller, workers);
      const before = await handledBy(workers);
      const { figures } = await caller.measure(load(measureMs));
      const after = await handledBy(workers);
      const callsPerSecond = figures.calls / figures.seconds;
      const busy = after.map(
        ({ busyMs }, at) => (busyMs - (before[at]?.busyMs ?? 0)) / (figures.seconds * 1000 * CONCURRENCY),
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

/** A new worker's partitions are given to it some time after it started: calls tell. */
async function untilAllWork(caller: Child, workers: readonly Child[]): Promise<void> {
  for (const giveUpAt = Date.now() + SETTLE_LIMIT_MS; ; ) {
    const before = await handledBy(workers);
    // The first calls may find nobody.
    await caller.measure(load(SETTLE_MS)).catch((error: unknown) => {
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

function load(durationMs: number): Load {
  const wait = { minMs: WAIT_MS, maxMs: WAIT_MS };
  return { kind: 'closed', callers: CALLERS, wait, bodyBytes: 98, durationMs, maxCalls: 1_000_000 };
}

export function addedWorkersTable(results: readonly AddedWorkersResult[]): Table {
  return {
    head: ['workers', 'load', 'calls/s', 'x one worker', 'busy: least', 'most'],
    rows: results.map(({ workers, callsPerSecond, timesOne, busy }) => [
      String(workers),
      `${CALLERS} callers, handlers of ${WAIT_MS} ms, ${CONCURRENCY} at once a worker`,
      Math.round(callsPerSecond).toLocaleString('en'),
      timesOne.toFixed(2),
      Math.min(...busy).toFixed(2),
      Math.max(...busy).toFixed(2),
    ]),
  };
}
