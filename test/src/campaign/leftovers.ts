import type { Log } from '@wherry/kafka';
import type { Member } from './member.js';
import { pause, wallClock } from './time.js';

/** How long the brokers may take to agree on which topics were deleted. */
const AGREE_MS = 10_000;
const LOOK_MS = 500;

/** The inboxes that are left when every process has ended. */
export interface Leftovers {
  /** Inboxes of processes that were killed. They may remain: a sweep deletes them later. */
  readonly ofKilled: number;
  /** Inboxes that nobody has told. The commands, `wherry gateway` and `wherry egress`, do not tell theirs. */
  readonly unknown: number;
  /** How many commands were killed. Each of them may have left one of the unknown inboxes. */
  readonly killedCommands: number;
  /** Inboxes of processes that were closed. There must be none. */
  readonly ofClosed: readonly string[];
}

/** Looks for inboxes until only those are left that may be, but not for long: deletions reach the brokers one after another. */
export async function findLeftovers(log: Log, namespace: string, members: readonly Member[]): Promise<Leftovers> {
  const until = wallClock() + AGREE_MS;
  for (;;) {
    const found = sortOut(await log.topics(`${namespace}.inbox.`), members);
    if (areAllowed(found) || wallClock() > until) return found;
    await pause(LOOK_MS);
  }
}

/** Whether only inboxes of killed processes are left. */
export function areAllowed({ ofClosed, unknown, killedCommands }: Leftovers): boolean {
  return ofClosed.length === 0 && unknown <= killedCommands;
}

function sortOut(topics: readonly string[], members: readonly Member[]): Leftovers {
  const ownerOf = new Map(members.flatMap((member) => member.inboxes.map((inbox) => [inbox, member] as const)));
  const wasKilled = ({ asked, exit }: Member): boolean => asked === 'to die' || exit?.code !== 0;
  const owned = topics.flatMap((topic) => {
    const owner = ownerOf.get(topic);
    return owner === undefined ? [] : [{ topic, owner }];
  });
  return {
    ofKilled: owned.filter(({ owner }) => wasKilled(owner)).length,
    unknown: topics.length - owned.length,
    killedCommands: members.filter((member) => isCommand(member) && wasKilled(member)).length,
    ofClosed: owned.filter(({ owner }) => !wasKilled(owner)).map(({ topic, owner }) => `${topic} of ${owner.name}`),
  };
}

function isCommand({ slot }: Member): boolean {
  return slot === 'gateway' || slot === 'egress';
}
