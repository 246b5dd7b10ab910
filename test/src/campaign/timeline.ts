import { wallClock } from './time.js';

/** A fault that was made, with its times in milliseconds since the Unix epoch. */
export interface FaultRecord {
  /** Counted from 1. */
  readonly number: number;
  readonly kind: string;
  /** The fault with its target and its duration. */
  readonly what: string;
  /** Whether it kills or pauses a server or a broker. An unanswered call is then given to another worker, so it may run twice. */
  readonly disturbsServers: boolean;
  readonly begunAt: number;
  /** When everything that the fault did was undone. Undefined while it goes on. */
  endedAt: number | undefined;
  /** When the system was healthy again. Undefined if it was not. */
  healthyAt: number | undefined;
  /** The reason why the fault counts as failed. */
  problem: string | undefined;
}

/**
 * What is out of order during an outage: `all` calls, because Kafka or the workers' group is out of reach; one of the servers; or the calls
 * of one caller.
 */
type Affected = 'all' | { readonly server: string } | { readonly caller: string };

interface Outage {
  readonly affected: Affected;
  readonly from: number;
  to: number | undefined;
  /** Whether calls that were under way during the outage may stay without an answer, however long ago it ended. */
  readonly losesCalls: boolean;
}

/** The faults of a campaign and the times at which calls could not be answered. */
export class Timeline {
  readonly #servers: readonly string[];
  readonly #now: () => number;
  readonly #faults: FaultRecord[] = [];
  readonly #outages: Outage[] = [];

  /** @param servers the names of all servers: a call can be answered while one of them is up. */
  constructor(servers: readonly string[], now: () => number = wallClock) {
    this.#servers = servers;
    this.#now = now;
  }

  get faults(): readonly FaultRecord[] {
    return this.#faults;
  }

  beginFault(kind: string, what: string, disturbsServers: boolean): FaultRecord {
    const fault: FaultRecord = {
      number: this.#faults.length + 1,
      kind,
      what,
      disturbsServers,
      begunAt: this.#now(),
      endedAt: undefined,
      healthyAt: undefined,
      problem: undefined,
    };
    this.#faults.push(fault);
    return fault;
  }

  /** Notes that an outage begins. The function that it returns notes the end, and does nothing when it is called again. */
  beginOutage(affected: Affected, { losesCalls = false } = {}): () => void {
    const outage: Outage = { affected, from: this.#now(), to: undefined, losesCalls };
    this.#outages.push(outage);
    return () => {
      outage.to ??= this.#now();
    };
  }

  /** Notes that no outage goes on any more. */
  endOutages(): void {
    for (const outage of this.#outages) outage.to ??= this.#now();
  }

  /**
   * The fault to which a call belongs: the first one that was not over (the system was not healthy again) while the call was under way.
   * Undefined if there is none.
   */
  faultOf(begunAt: number, overAt: number): FaultRecord | undefined {
    return this.faultsDuring(begunAt, overAt)[0];
  }

  /** All faults that were not over at some time between two others. */
  faultsDuring(from: number, to: number): FaultRecord[] {
    return this.#faults.filter(
      ({ begunAt, healthyAt = Number.POSITIVE_INFINITY }) => begunAt <= to && healthyAt >= from,
    );
  }

  /**
   * Whether a caller's call had no chance of an answer at some time between `from` and `to`: all calls or the caller's were out of order,
   * or every server was down. It counts also if an outage that loses calls was at any time between `begunAt` and `to`.
   */
  excuses(caller: string, begunAt: number, from: number, to: number): boolean {
    const concerns = ({ affected }: Outage): boolean =>
      affected === 'all' || ('caller' in affected && affected.caller === caller);
    return (
      this.#outages.some((outage) => concerns(outage) && overlaps(outage, outage.losesCalls ? begunAt : from, to)) ||
      this.#allServersDown(from, to)
    );
  }

  #allServersDown(from: number, to: number): boolean {
    const down = this.#outages.filter(({ affected }) => typeof affected === 'object' && 'server' in affected);
    // All are down at some time only if all are down at the moment at which the last of them went down.
    const moments = down.filter((outage) => overlaps(outage, from, to)).map((outage) => Math.max(from, outage.from));
    return moments.some((moment) =>
      this.#servers.every((name) =>
        down.some(
          (outage) =>
            typeof outage.affected === 'object' &&
            'server' in outage.affected &&
            outage.affected.server === name &&
            overlaps(outage, moment, moment),
        ),
      ),
    );
  }
}

function overlaps({ from, to = Number.POSITIVE_INFINITY }: Outage, begin: number, end: number): boolean {
  return from <= end && to >= begin;
}
