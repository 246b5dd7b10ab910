import assert from 'node:assert/strict';
import { type InteropTarget, largeUnary } from './cases.js';
import type { TestServiceClient } from './service.js';

/** How long a soak is; gRPC's own clients take the same as flags. */
export interface SoakOptions {
  readonly iterations: number;
  /** What one iteration may take. */
  readonly maxLatencyMs: number;
  /** What all of them may take. */
  readonly overallMs: number;
  /** How many run at a time. */
  readonly threads: number;
}

/** Large unary calls, one after another, on one channel. */
export function rpcSoak({ test }: InteropTarget, options: SoakOptions): Promise<void> {
  return soak(options, (call) => call(test));
}

/** The same, with a new channel for each. */
export function channelSoak(target: InteropTarget, options: SoakOptions): Promise<void> {
  return soak(options, async (call) => {
    const { test, close } = await target.open();
    try {
      await call(test);
    } finally {
      await close();
    }
  });
}

/** Only the call is timed, as in gRPC's own clients: what comes before it is a channel that is made. */
async function soak(
  options: SoakOptions,
  iterate: (call: (test: TestServiceClient) => Promise<void>) => Promise<void>,
): Promise<void> {
  const { iterations, maxLatencyMs, overallMs, threads } = options;
  const end = performance.now() + overallMs;
  const slow: number[] = [];
  let begun = 0;
  const timed = async (test: TestServiceClient): Promise<void> => {
    const start = performance.now();
    await largeUnary({ test });
    const latency = performance.now() - start;
    if (latency > maxLatencyMs) slow.push(Math.round(latency));
  };
  const thread = async (): Promise<void> => {
    while (begun < iterations && performance.now() < end) {
      begun++;
      await iterate(timed);
    }
  };
  await Promise.all(Array.from({ length: threads }, thread));
  assert.equal(begun, iterations, `only ${begun} of ${iterations} iterations began within ${overallMs} ms`);
  assert.deepEqual(slow, [], `iterations that took longer than ${maxLatencyMs} ms, in ms`);
}
