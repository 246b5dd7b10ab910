import type { RouteGuideClient } from '../gen/route_guide.js';
import { demoCalls } from './calls.js';
import type { Recorder } from './recorder.js';
import { ms, type Terminal } from './terminal.js';

/** How long each call may take. */
const CALL_TIMEOUT_MS = 10_000;

/** A way to the workers: the client for its calls, and the records of these calls. */
export interface Way {
  readonly name: string;
  /** The name of the writer of its records. */
  readonly self: string;
  readonly client: RouteGuideClient;
  readonly records: Recorder;
}

/** Makes and shows a call of each kind by each way, one after another. Returns how many failed or had a wrong answer. */
export async function showCalls(terminal: Terminal, ways: readonly Way[], stop: AbortSignal): Promise<number> {
  let wrong = 0;
  for (const { method, kind, make } of demoCalls) {
    terminal.heading(method, kind);
    for (const way of ways) {
      way.records.take();
      const called = await time(() => make(way.client, { timeoutMs: CALL_TIMEOUT_MS }));
      if (stop.aborted) return wrong;
      if (called.error === undefined) terminal.right(way.name, called.took, called.answer);
      else terminal.wrong(way.name, called.took, called.error);
      if (called.error !== undefined) wrong++;
      for (const crossing of way.records.take()) {
        terminal.record(crossing, way.self, `+${ms(crossing.at - called.began)}`.padStart(10));
      }
    }
  }
  return wrong;
}

interface Timed {
  readonly began: number;
  readonly took: number;
  readonly answer: string;
  readonly error: unknown;
}

async function time(call: () => Promise<string>): Promise<Timed> {
  const began = performance.now();
  const [answer, error] = await call().then(
    (reply) => [reply, undefined] as const,
    (reason: unknown) => ['', reason ?? new Error('the call failed')] as const,
  );
  return { began, took: performance.now() - began, answer, error };
}
