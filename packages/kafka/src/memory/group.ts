import type { MemoryPartition } from './partition.js';
import type { MemoryTopics } from './topics.js';

/** The parts of a member that its group uses. */
export interface GroupMember {
  readonly topic: string;
  /** Whether the group can reach the member now. */
  readonly reachable: boolean;
  /** The group gives the member these partitions, in addition to those it has. If only other members changed, the list is empty. */
  assign(partitions: readonly number[]): void;
  /** The group takes these partitions away. Settles when the member has given them back. */
  revoke(partitions: readonly number[]): Promise<void>;
}

/** A member and its partitions. */
interface Share {
  readonly member: GroupMember;
  readonly owned: Set<number>;
  /** The partitions in {@link owned} that the member is giving back. */
  readonly returning: Set<number>;
  /** Settles when the member has given back all of these partitions. */
  returned: Promise<unknown>;
  leaving: boolean;
}

/**
 * A consumer group in memory. Partitions move as in Kafka's cooperative rebalancing: each member keeps its fair share and gives
 * the rest back. No member gets a partition before its owner has given it back.
 */
export class MemoryGroup {
  readonly #topics: MemoryTopics;
  /**
   * The committed offsets. The key is the partition itself, not its number, because the partitions of a deleted topic and of a new topic
   * with the same name have different offsets.
   */
  readonly #committed = new Map<MemoryPartition, number>();
  #shares: Share[] = [];
  #balancing = false;
  /** Whether the group has changed since the partitions were last distributed. If so, each member is told of the next distribution. */
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

  /** Takes all partitions back from the member, as in a rebalance, and then forgets the member. */
  async leave(member: GroupMember): Promise<void> {
    const share = this.#shareOf(member);
    if (share === undefined) return;
    share.leaving = true;
    const kept = keptOf(share);
    if (kept.length > 0) this.#takeBack(share, kept);
    await share.returned;
    this.remove(member);
  }

  /** Forgets a member at once. */
  remove(member: GroupMember): void {
    this.#shares = this.#shares.filter((share) => share.member !== member);
    this.#balanceSoon();
  }

  /** The group can reach a member again. */
  reach(): void {
    this.#balanceAtEndOfTurn();
  }

  #balanceSoon(): void {
    this.#changed = true;
    this.#balanceAtEndOfTurn();
  }

  /** Waits for the end of the turn, so that members that join in one turn share the partitions at once. */
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

  /** Distributes the partitions of a topic. While the topic does not exist, its members keep the partitions that they had. */
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
