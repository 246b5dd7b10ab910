import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Body } from '../load/body.js';
import type { Call } from '../load/load.js';

/** Longer than it takes to measure them: whoever holds the calls answers before. */
const HOLD_MS = 60_000;

/** Makes calls whose handlers wait, and resolves with what waits for their answers. */
export function holdCalls(call: Call, calls: number, bodyBytes: number): { answered: Promise<void> } {
  const one = (number: number) =>
    new Promise<void>((resolve, reject) => {
      const body = new Body(number, bodyBytes);
      call(body.next(), HOLD_MS, (error, reply) => {
        const problem = error ?? body.wrong(reply);
        if (problem === null) resolve();
        else reject(problem);
      });
    });
  const all = Array.from({ length: calls }, (_, number) => one(number));
  return { answered: Promise.all(all).then(() => undefined) };
}

/** Bytes. */
export interface MemoryUse {
  /** V8's heap and the buffers outside of it, after a collection of garbage. */
  readonly heap: number;
  /** What the whole process has of the machine's memory, client libraries included. */
  readonly rss: number;
}

/** Collects garbage first: what is left is held. */
export function memoryUse(): MemoryUse {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What the first finds to be garbage may hold more, by way of finalizers.
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}
