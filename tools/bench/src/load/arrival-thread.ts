import { parentPort, workerData } from 'node:worker_threads';
import type { Arrivals } from './open-loop.js';

// The thread of an open loop: sleeps until the next arrival is due, and posts how many are due by then.

const { dues } = workerData as Arrivals;
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const now = () => performance.timeOrigin + performance.now();

for (let count = 0; count < dues.length; ) {
  const ahead = (dues[count] ?? 0) - now();
  if (ahead > 0) Atomics.wait(sleeper, 0, 0, ahead);
  const time = now();
  const before = count;
  while (count < dues.length && (dues[count] ?? 0) <= time) count++;
  if (count > before) parentPort?.postMessage(count);
}
