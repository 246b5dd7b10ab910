import { poissonArrivals, runArrivals } from './arrivals.js';
import { Body } from './body.js';
import { ANSWER_LIMIT_MS, type Call, type Figures, type Load, type OpenLoop, randomWait } from './load.js';
import { Samples } from './samples.js';

/** With so many under way, a system is hopelessly behind: what arrives then is not begun, but counted. */
const MAX_UNDER_WAY = 5000;
/** The thread that tells of arrivals needs some time to start. */
const HEAD_START_MS = 150;

/**
 * Calls at a fixed rate with random gaps, and counts each call's time from when it was due: a system that stalls has every
 * call that fell into the stall counted against it, whereas a closed loop would just ask less (coordinated omission). Every
 * answer is compared with what was sent.
 *
 * @param cpuTime is asked when calls begin and when the last answer has come.
 * @throws Error where a call fails, an answer is wrong, or one does not come.
 */
export function openLoop<T>(
  call: Call,
  load: Load & OpenLoop,
  cpuTime: () => T,
): Promise<{ figures: Figures; cpu: T }> {
  return new Promise((resolve, reject) => {
    const start = performance.now() + HEAD_START_MS;
    const moments = poissonArrivals(load.perSecond, load.durationMs);
    const dues = moments.map((moment) => performance.timeOrigin + start + moment);
    const samples = new Samples(Math.max(dues.length, load.maxCalls));
    const idle: Body[] = [];
    let arrived = 0;
    let begun = 0;
    let refused = 0;

    const begin = (dueAt: number): void => {
      if (begun - samples.count >= MAX_UNDER_WAY) {
        refused++;
        return;
      }
      const body = idle.pop() ?? new Body(begun, load.bodyBytes);
      begun++;
      const waitMs = randomWait(load.wait);
      call(body.next(), waitMs, (error, reply) => {
        const problem = error ?? body.wrong(reply);
        if (problem !== null) return settle(() => reject(problem));
        samples.add(performance.now() - dueAt - waitMs);
        idle.push(body);
        endIfDone();
      });
    };
    const endIfDone = () => {
      if (arrived < dues.length || samples.count < begun) return;
      const seconds = (performance.now() - start) / 1000;
      const cpu = cpuTime();
      const figures = { calls: samples.count, seconds, ...samples.percentiles(), refused };
      settle(() => resolve({ figures, cpu }));
    };
    const onDue = (count: number) => {
      while (arrived < count) begin(start + (moments[arrived++] ?? 0));
      endIfDone();
    };
    const lost = () => reject(new Error(`${begun - samples.count} calls without an answer for ${ANSWER_LIMIT_MS} ms`));
    const stop = runArrivals({ dues }, onDue, (error) => settle(() => reject(error)));
    const timer = setTimeout(() => settle(lost), HEAD_START_MS + load.durationMs + ANSWER_LIMIT_MS);
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      stop().then(outcome, outcome);
    };
  });
}
