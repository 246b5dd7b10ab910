import { addPartitions } from '../../support/add-partitions.js';
import { channelCallers, type Slot, workers } from '../fleet.js';
import type { FaultKind } from './fault.js';

const MAX_ADDED = 3;
/** More partitions than this would only slow down the brokers. From there on, each time adds one. */
const MANY_PARTITIONS = 24;

export const partitionsAdded: FaultKind = {
  name: 'partitions added',
  draw: (random) => {
    const added = random.int(1, MAX_ADDED);
    return {
      what: `${added} partitions added to the request topic`,
      disturbsServers: false,
      strike: async ({ kafka, log, requestTopic }) => {
        const partitions = await log.partitions(requestTopic);
        const more = partitions < MANY_PARTITIONS ? added : 1;
        await addPartitions(kafka.bootstrapServers, requestTopic, partitions + more);
      },
    };
  },
};

export const callerInboxDeleted = inboxDeleted('a caller', channelCallers);
export const workerInboxDeleted = inboxDeleted('a worker', workers);

function inboxDeleted(whose: string, slots: readonly Slot[]): FaultKind {
  return {
    name: `the inbox of ${whose} deleted`,
    draw: (random) => {
      const slot = random.pick(slots);
      return {
        what: `the inbox of ${slot} deleted`,
        disturbsServers: false,
        strike: async ({ log, fleet }) => {
          const { inbox, name } = fleet.member(slot);
          if (inbox === undefined) throw new Error(`${name} has not told its inbox`);
          if (!(await log.deleteTopic(inbox))) throw new Error(`the inbox of ${name}, ${inbox}, did not exist`);
        },
      };
    },
  };
}
