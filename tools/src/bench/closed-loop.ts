import { percentiles } from './percentiles.js';

/** Makes one call. `done` is called once, never before this has returned. `body` stays as it is until then. */
export type Call = (body: Buffer, done: (error: Error | null, reply?: Buffer) => void) => void;

/** How calls are made. Closed loop: each caller makes its next call when it has the answer to the one before. */
export interface Load {
  readonly callers: number;
  /** No call begins after this. */
  readonly durationMs: number;
  /** At most so many calls in all. */
  readonly maxCalls: number;
  /** How long the body of a call is; a message has a tag and a length more. */
  readonly bodyBytes: number;
}

/** What came of it. */
export interface Figures {
  readonly calls: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** An answer that takes longer is taken for lost, and fails the run. */
const ANSWER_LIMIT_MS = 15_000;

/** Kept from one measurement to the next, as making it anew would have V8 collect garbage in the midst of each. */
let latencies = new Float64Array(0);

/**
 * Calls in a closed loop. Every answer is compared with what was sent.
 *
 * @param cpuTime is asked when the last answer has come, before the figures are made.
 * @throws Error where a call fails, an answer is wrong, or one does not come.
 */
export function measure<T>(call: Call, load: Load, cpuTime: () => T): Promise<{ figures: Figures; cpu: T }> {
  return new Promise((resolve, reject) => {
    if (latencies.length < load.maxCalls) latencies = new Float64Array(load.maxCalls);
    let begun = 0;
    let answered = 0;
    const start = performance.now();
    const lastStart = start + load.durationMs;
    const lost = () => reject(new Error(`${begun - answered} calls without an answer for ${ANSWER_LIMIT_MS} ms`));
    const timer = setTimeout(lost, load.durationMs + ANSWER_LIMIT_MS);
    const fail = (error: Error) => {
      clearTimeout(timer);
      begun = load.maxCalls; // nobody goes on
      reject(error);
    };

    const next = (caller: Caller): void => {
      if (begun >= load.maxCalls || performance.now() >= lastStart) {
        if (answered < begun) return;
        clearTimeout(timer);
        const seconds = (performance.now() - start) / 1000;
        const cpu = cpuTime();
        resolve({ figures: { calls: answered, seconds, ...percentiles(latencies.subarray(0, answered)) }, cpu });
        return;
      }
      begun++;
      caller.begin(call, (error, begunAt) => {
        if (error !== null) return fail(error);
        latencies[answered++] = performance.now() - begunAt;
        next(caller);
      });
    };
    for (let number = 0; number < load.callers; number++) next(new Caller(number, load.bodyBytes));
  });
}

/** One of those who call. No two calls have the same body, so that an answer to another call is seen. */
class Caller {
  readonly #body: Buffer;
  #calls = 0;

  constructor(number: number, bodyBytes: number) {
    this.#body = Buffer.alloc(bodyBytes, 'wherry ');
    this.#body.writeUInt32LE(number, 0);
  }

  begin(call: Call, done: (error: Error | null, begunAt: number) => void): void {
    const body = this.#body;
    body.writeUInt32LE(this.#calls++, 4);
    const begunAt = performance.now();
    call(body, (error, reply) => {
      if (error) done(error, begunAt);
      else if (reply?.equals(body)) done(null, begunAt);
      else done(new Error(`wrong answer: sent ${body.toString('hex')}, got ${reply?.toString('hex')}`), begunAt);
    });
  }
}
