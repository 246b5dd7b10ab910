import type { Random } from '../random.js';
import { allBrokersKill, brokerKill, brokerPause } from './brokers.js';
import { earlyClock, lateClock } from './clocks.js';
import { gatewayDrained, workersDrained } from './drains.js';
import type { Fault, FaultKind } from './fault.js';
import { flood } from './flood.js';
import { hostileClients } from './hostile-clients.js';
import { kills, pauses } from './processes.js';
import { groupRightTaken } from './rights.js';
import { callerInboxDeleted, partitionsAdded, workerInboxDeleted } from './topics.js';

export type { Fault, FaultKind, Ground } from './fault.js';

const kinds: readonly FaultKind[] = [
  ...kills,
  ...pauses,
  brokerKill,
  brokerPause,
  allBrokersKill,
  partitionsAdded,
  callerInboxDeleted,
  workerInboxDeleted,
  groupRightTaken,
  workersDrained,
  gatewayDrained,
  lateClock,
  earlyClock,
  flood,
  hostileClients,
];

/**
 * Gives faults without end. Each kind comes once, in random order, before the first one comes again.
 *
 * @param only a part of the names of the kinds that may come; empty: all kinds.
 * @throws RangeError if there is no such kind.
 */
export function* drawFaults(random: Random, only = ''): Generator<Fault & { readonly kind: string }, never> {
  const wanted = kinds.filter(({ name }) => name.includes(only));
  if (wanted.length === 0) {
    throw new RangeError(
      `no kind of faults contains ${only}; the kinds are ${kinds.map(({ name }) => name).join(', ')}`,
    );
  }
  for (;;) for (const kind of random.shuffled(wanted)) yield { ...kind.draw(random), kind: kind.name };
}
