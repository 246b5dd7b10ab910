import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Latencies } from './latencies.js';
import { ANSWER_LIMIT_MS, Body, type Call, type Load, type Measured, type OpenLoop, randomWait } from './load.js';

/** With so many calls under way, a system cannot catch up: later arrivals are counted, but not begun. */
const MAX_UNDER_WAY = 5000;
/** The thread that reports arrivals needs some time to start. */
const HEAD_START_MS = 150;
const thread = fileURLToPath(new URL('./arrival-thread.js', import.meta.url));

/**
 * Makes calls at a fixed rate with random gaps, and counts each call's time from when the call was due. So the time of each call that
 * is due during a stall includes the stall. A closed loop would make fewer calls then (coordinated omission). Compares every answer
 * with its request.
 *
 * @param atEnd is called when the last answer has come, before the figures are made.
 * @throws Error if a call fails, or an answer is wrong or does not come.
 */
export function openLoop<T>(
  call: Call,
  load: Load & OpenLoop,
  latencies: Latencies,
  atEnd: () => T,
): Promise<Measured<T>> {
  return new Promise((resolve, reject) => {
    const start = performance.now() + HEAD_START_MS;
    const moments = poissonArrivals(load.perSecond, load.durationMs);
    const dues = moments.map((moment) => performance.timeOrigin + start + moment);
    latencies.restart(Math.max(dues.length, load.maxCalls));
    const idle: Body[] = [];
    let arrived = 0;
    let begun = 0;
    let refused = 0;

    const begin = (dueAt: number): void => {
      if (begun - latencies.count >= MAX_UNDER_WAY) {
        refused++;
        return;
      }
      const body = idle.pop() ?? new Body(begun, load.bodyBytes);
      begun++;
      const waitMs = randomWait(load.wait);
      call(body.next(), waitMs, (error, reply) => {
        const problem = error ?? body.wrong(reply);
        if (problem !== null) return settle(() => reject(problem));
        latencies.add(performance.now() - dueAt - waitMs);
        idle.push(body);
        endIfDone();
      });
    };
    const endIfDone = () => {
      if (arrived < dues.length || latencies.count < begun) return;
      const seconds = (performance.now() - start) / 1000;
      const read = atEnd();
      const figures = { calls: latencies.count, seconds, ...latencies.percentiles(), refused };
      settle(() => resolve({ figures, atEnd: read }));
    };
    const onDue = (count: number) => {
      while (arrived < count) begin(start + (moments[arrived++] ?? 0));
      endIfDone();
    };
    const lost = () =>
      reject(new Error(`${begun - latencies.count} calls without an answer for ${ANSWER_LIMIT_MS} ms`));
    const stop = runArrivals({ dues }, onDue, (error) => settle(() => reject(error)));
    const timer = setTimeout(() => settle(lost), HEAD_START_MS + load.durationMs + ANSWER_LIMIT_MS);
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      stop().then(outcome, outcome);
    };
  });
}

/** Random moments, `perSecond` on average, with the gaps of a Poisson process. Milliseconds from the start. */
export function poissonArrivals(perSecond: number, durationMs: number): Float64Array {
  const moments: number[] = [];
  const meanGapMs = 1000 / perSecond;
  for (let at = gap(meanGapMs); at < durationMs; at += gap(meanGapMs)) moments.push(at);
  return Float64Array.from(moments);
}

function gap(meanMs: number): number {
  return -Math.log(1 - Math.random()) * meanMs;
}

/** The arrivals that the thread in arrival-thread.ts reports. */
export interface Arrivals {
  /** When each is due, ascending: milliseconds of `performance.timeOrigin + performance.now()`, which is the same in all threads. */
  readonly dues: Float64Array;
}

/**
 * Calls `onDue` as arrivals become due, with how many are due by now. Arrivals come from a separate thread, like packets from a
 * network card. Timers of the event loop would bundle them into one burst each millisecond, and a loop that polls the clock would
 * take a CPU from the measured system.
 *
 * @returns a function that ends the thread.
 */
function runArrivals(
  arrivals: Arrivals,
  onDue: (count: number) => void,
  onError: (error: Error) => void,
): () => Promise<number> {
  const worker = new Worker(thread, { workerData: arrivals });
  worker.on('message', onDue).on('error', onError);
  return () => worker.terminate();
}
