import { callers, gatewayCaller, type Slot, workers } from '../fleet.js';
import { pause, seconds } from '../time.js';
import type { Timeline } from '../timeline.js';
import type { FaultKind } from './fault.js';

const MIN_PAUSE_MS = 2000;
const MAX_PAUSE_MS = 12_000;

const targets: readonly { readonly name: string; readonly slots: readonly Slot[] }[] = [
  { name: 'a worker', slots: workers },
  { name: 'a caller', slots: callers },
  { name: 'the gateway', slots: ['gateway'] },
  { name: 'the egress', slots: ['egress'] },
];

/** Processes that are killed, each replaced at once by a new one. */
export const kills: readonly FaultKind[] = targets.map(({ name, slots }) => ({
  name: `SIGKILL of ${name}`,
  draw: (random) => {
    const slot = random.pick(slots);
    return {
      what: `SIGKILL of ${slot}`,
      disturbsServers: isServer(slot),
      strike: async ({ fleet, timeline }) => {
        const upAgain = beginOutageOf(slot, timeline);
        await fleet.kill(slot);
        await fleet.start(slot);
        upAgain();
      },
    };
  },
}));

/** Processes that are held up for some seconds. */
export const pauses: readonly FaultKind[] = targets.map(({ name, slots }) => ({
  name: `SIGSTOP of ${name}`,
  draw: (random) => {
    const slot = random.pick(slots);
    const ms = random.int(MIN_PAUSE_MS, MAX_PAUSE_MS);
    return {
      what: `SIGSTOP of ${slot} for ${seconds(ms)}`,
      disturbsServers: isServer(slot),
      strike: async ({ fleet, timeline, signal }) => {
        const member = fleet.member(slot);
        const upAgain = beginOutageOf(slot, timeline);
        member.pause();
        await pause(ms, signal);
        member.resume();
        upAgain();
      },
    };
  },
}));

function isServer(slot: Slot): boolean {
  return slot === 'egress' || workers.some((worker) => worker === slot);
}

/** Notes the outage of a process. That of the gateway is one of its caller. */
function beginOutageOf(slot: Slot, timeline: Timeline): () => void {
  if (isServer(slot)) return timeline.beginOutage({ server: slot });
  return timeline.beginOutage({ caller: slot === 'gateway' ? gatewayCaller : slot });
}
