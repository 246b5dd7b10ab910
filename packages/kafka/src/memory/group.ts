import type { MemoryPartition } from './partition.js';
import type { MemoryTopics } from './topics.js';

/** What a group asks of its members. */
export interface GroupMember {
  readonly topic: string;
  /** Whether the group can speak with it now. */
  readonly reachable: boolean;
  /** The group gave it these partitions of its topic, beside those it has. After a change among others it gets none. */
  assign(partitions: readonly number[]): void;
  /** The group wants these back; settles when the member has given them back. */
  revoke(partitions: readonly number[]): Promise<void>;
}

/** What one member has. */
interface Share {
  readonly member: GroupMember;
  readonly owned: Set<number>;
  /** Those of {@link owned} that it is giving back. */
  readonly returning: Set<number>;
  /** Settles when all that it is giving back is back. */
  returned: Promise<unknown>;
  leaving: boolean;
}

/**
 * A consumer group in memory. Partitions move as in Kafka's cooperative rebalancing: each member keeps what it may keep, gives
 * back what others should have, and nobody gets a partition before its owner has given it back.
 */
export class MemoryGroup {
  readonly #topics: MemoryTopics;
  /** The partitions of a topic that was deleted are others than those of its successor, as are their offsets. */
  readonly #committed = new Map<MemoryPartition, number>();
  #shares: Share[] = [];
  #balancing = false;
  /** Whether the group has changed since the partitions were given out, so that each member is told of the result. */
  #changed = false;

  constructor(topics: MemoryTopics) {
    this.#topics = topics;
    topics.onChange((topic) => {
      if (this.#shares.some(({ member }) => member.topic === topic)) this.#balanceSoon();
    });
  }

  /** The offset that was committed last. */
  committed(partition: MemoryPartition): number | undefined {
    return this.#committed.get(partition);
  }

  /** @returns false if the group does not know the member. */
  commit(member: GroupMember, offsets: ReadonlyMap<MemoryPartition, number>): boolean {
    if (this.#shareOf(member) === undefined) return false;
    for (const [partition, offset] of offsets) this.#committed.set(partition, offset);
    return true;
  }

  join(member: GroupMember): void {
    this.#shares.push({ member, owned: new Set(), returning: new Set(), returned: Promise.resolve(), leaving: false });
    this.#balanceSoon();
  }

  /** Takes all partitions back in order, and forgets the member then. */
  async leave(member: GroupMember): Promise<void> {
    const share = this.#shareOf(member);
    if (share === undefined) return;
    share.leaving = true;
    const kept = keptOf(share);
    if (kept.length > 0) this.#takeBack(share, kept);
    await share.returned;
    this.remove(member);
  }

  /** Forgets a member that is gone without a word. */
  remove(member: GroupMember): void {
    this.#shares = this.#shares.filter((share) => share.member !== member);
    this.#balanceSoon();
  }

  /** The group can speak with a member again. */
  reach(): void {
    this.#balanceAtEndOfTurn();
  }

  #balanceSoon(): void {
    this.#changed = true;
    this.#balanceAtEndOfTurn();
  }

  /** So members that come together share the partitions at once. */
  #balanceAtEndOfTurn(): void {
    if (this.#balancing) return;
    this.#balancing = true;
    setImmediate(() => {
      const changed = this.#changed;
      this.#balancing = false;
      this.#changed = false;
      for (const topic of new Set(this.#shares.map(({ member }) => member.topic))) this.#balance(topic, changed);
    });
  }

  /** As long as a topic is gone, its members keep what they had. */
  #balance(topic: string, changed: boolean): void {
    const partitions = this.#topics.find(topic)?.partitions.map(({ partition }) => partition);
    if (partitions === undefined) return;
    const everyone = this.#shares.filter(({ member }) => member.topic === topic);
    const owned = new Set(everyone.flatMap((share) => [...share.owned]));
    const free = partitions.filter((partition) => !owned.has(partition));
    const sharing = everyone
      .filter(({ leaving }) => !leaving)
      .map((share) => ({ share, kept: keptOf(share).filter((partition) => partitions.includes(partition)) }))
      .sort((a, b) => b.kept.length - a.kept.length);
    for (const [index, { share, kept }] of sharing.entries()) {
      if (!share.member.reachable) continue;
      const quota = Math.floor((partitions.length + sharing.length - 1 - index) / sharing.length);
      const gone = keptOf(share).filter((partition) => !partitions.includes(partition));
      const back = [...kept.slice(quota), ...gone];
      if (back.length > 0) {
        this.#takeBack(share, back);
        continue;
      }
      const more = take(share, free, quota - kept.length);
      if (changed || more.length > 0) share.member.assign(more);
    }
  }

  #takeBack(share: Share, partitions: readonly number[]): void {
    for (const partition of partitions) share.returning.add(partition);
    const returned = share.member.revoke(partitions).then(() => {
      for (const partition of partitions) {
        share.returning.delete(partition);
        share.owned.delete(partition);
      }
      this.#balanceSoon();
    });
    share.returned = Promise.all([share.returned, returned]);
  }

  #shareOf(member: GroupMember): Share | undefined {
    return this.#shares.find((share) => share.member === member);
  }
}

function keptOf({ owned, returning }: Share): number[] {
  return [...owned].filter((partition) => !returning.has(partition));
}

/** Gives a member up to `count` of the partitions that are free. */
function take({ owned }: Share, free: number[], count: number): readonly number[] {
  const taken = free.splice(0, Math.max(0, count));
  for (const partition of taken) owned.add(partition);
  return taken;
}
