import { servers } from '../fleet.js';
import type { FaultKind } from './fault.js';

export const workersDrained: FaultKind = {
  name: 'rolling drain of the workers',
  draw: (random) => {
    const order = random.shuffled(servers);
    return {
      what: `drain of ${order.join(', ')}, each replaced first`,
      disturbsServers: false,
      strike: async ({ fleet, signal }) => {
        for (const slot of order) if (!signal.aborted) await fleet.replaceInOrder(slot);
      },
    };
  },
};

export const gatewayDrained: FaultKind = {
  name: 'drain of the gateway',
  draw: () => ({
    what: 'a new gateway, its clients move, the old one drains',
    disturbsServers: false,
    strike: ({ fleet }) => fleet.replaceInOrder('gateway'),
  }),
};
