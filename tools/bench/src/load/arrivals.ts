import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** What the thread of {@link runArrivals} is given. */
export interface Arrivals {
  /** When each is due: milliseconds of `performance.timeOrigin + performance.now()`, which threads agree on; ascending. */
  readonly dues: Float64Array;
}

const thread = fileURLToPath(new URL('./arrival-thread.js', import.meta.url));

/** Moments at random, so many a second on average: the gaps of a Poisson process. Milliseconds from the start. */
export function poissonArrivals(perSecond: number, durationMs: number): Float64Array {
  const moments: number[] = [];
  const meanGapMs = 1000 / perSecond;
  for (let at = gap(meanGapMs); at < durationMs; at += gap(meanGapMs)) moments.push(at);
  return Float64Array.from(moments);
}

function gap(meanMs: number): number {
  return -Math.log(1 - Math.random()) * meanMs;
}

/**
 * Calls `onDue` as arrivals become due, with how many are by now. They come from a thread of their own, like packets from a
 * network card: timers of the event loop would gather them into one burst each millisecond, and a loop that looks at the
 * clock would take a CPU from what is measured.
 *
 * @returns what ends it.
 */
export function runArrivals(
  arrivals: Arrivals,
  onDue: (count: number) => void,
  onError: (error: Error) => void,
): () => Promise<number> {
  const worker = new Worker(thread, { workerData: arrivals });
  worker.on('message', onDue).on('error', onError);
  return () => worker.terminate();
}
