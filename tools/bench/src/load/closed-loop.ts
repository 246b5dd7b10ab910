import { Body } from './body.js';
import { ANSWER_LIMIT_MS, type Call, type ClosedLoop, type Figures, type Load, randomWait } from './load.js';
import { Samples } from './samples.js';

/**
 * Calls in a closed loop. Every answer is compared with what was sent.
 *
 * @param cpuTime is asked when the last answer has come, before the figures are made.
 * @throws Error where a call fails, an answer is wrong, or one does not come.
 */
export function closedLoop<T>(
  call: Call,
  load: Load & ClosedLoop,
  cpuTime: () => T,
): Promise<{ figures: Figures; cpu: T }> {
  return new Promise((resolve, reject) => {
    const samples = new Samples(load.maxCalls);
    let begun = 0;
    const start = performance.now();
    const lastStart = start + load.durationMs;
    const lost = () => reject(new Error(`${begun - samples.count} calls without an answer for ${ANSWER_LIMIT_MS} ms`));
    const timer = setTimeout(lost, load.durationMs + ANSWER_LIMIT_MS);
    const fail = (error: Error) => {
      clearTimeout(timer);
      begun = load.maxCalls; // nobody goes on
      reject(error);
    };

    const next = (body: Body): void => {
      if (begun >= load.maxCalls || performance.now() >= lastStart) {
        if (samples.count < begun) return;
        clearTimeout(timer);
        const seconds = (performance.now() - start) / 1000;
        const cpu = cpuTime();
        resolve({ figures: { calls: samples.count, seconds, ...samples.percentiles() }, cpu });
        return;
      }
      begun++;
      const waitMs = randomWait(load.wait);
      const bytes = body.next();
      const begunAt = performance.now();
      call(bytes, waitMs, (error, reply) => {
        const problem = error ?? body.wrong(reply);
        if (problem !== null) return fail(problem);
        samples.add(performance.now() - begunAt - waitMs);
        next(body);
      });
    };
    for (let number = 0; number < load.callers; number++) next(new Body(number, load.bodyBytes));
  });
}
