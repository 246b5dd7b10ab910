import { pause, seconds } from '../time.js';
import type { FaultKind } from './fault.js';

const SKEW_MS = 30_000;
const MIN_MS = 4000;
const MAX_MS = 10_000;

export const lateClock = wrongClock('late', -SKEW_MS);
export const earlyClock = wrongClock('early', SKEW_MS);

/**
 * A further worker, whose clock is wrong. For a worker whose clock is early, calls expire before their deadline. docs/wire-format.md says
 * that a worker must not begin an expired call, and sends nothing for it. So these calls may stay without an answer.
 */
function wrongClock(how: 'late' | 'early', skewMs: number): FaultKind {
  return {
    name: `a worker whose clock is ${how}`,
    draw: (random) => {
      const ms = random.int(MIN_MS, MAX_MS);
      return {
        what: `a further worker for ${seconds(ms)}, whose clock is ${seconds(SKEW_MS)} ${how}`,
        disturbsServers: false,
        strike: async ({ fleet, timeline, signal }) => {
          const gone = how === 'early' ? timeline.beginOutage('all', { losesCalls: true }) : () => undefined;
          const member = await fleet.startWithWrongClock(skewMs);
          await pause(ms, signal);
          await fleet.end(member);
          gone();
        },
      };
    },
  };
}
