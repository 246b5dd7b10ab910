import { status } from '@grpc/grpc-js';
import type { CallBegun, CallEnded, CallKind, Entry } from './entries.js';
import { count, newTally, sumOf, type Tally } from './tally.js';
import type { Timeline } from './timeline.js';

/** How long after its deadline a call may end. One that ends later, or not at all, hung. */
export const HUNG_AFTER_MS = 15_000;
/** How long before its deadline everything must have been in order for a call without an answer to count as lost. */
export const LOST_WITHIN_MS = 20_000;
/** How long after its deadline a call is kept, so that a further end or handler of it is noticed. */
const KEPT_MS = 120_000;
/** How many calls of a fault that went wrong in the same way are kept for the report. */
const MAX_BAD_CALLS = 10;
/** The details of a status may name topics, addresses and times. Only this much of them, without numbers, tells one kind from another. */
const MAX_DETAILS = 120;

/** A call that went wrong, for the report. */
export interface BadCall {
  readonly fault: number | undefined;
  /** `hung`, `ended twice` and so on. */
  readonly why: string;
  /** The process that made the call. */
  readonly caller: string;
  readonly id: string;
  readonly kind: CallKind;
  readonly begunAt: number;
  readonly ends: readonly CallEnded[];
  /** The servers whose handlers began the call, and when. */
  readonly handled: readonly string[];
}

interface Call {
  readonly caller: string;
  readonly begun: CallBegun;
  readonly ends: CallEnded[];
}

interface Handled {
  readonly server: string;
  readonly at: number;
}

/**
 * Counts what became of every call, from the lines of all processes. The lines of one process come in order; those of different processes
 * may come in any order. Calls that are long over are counted and forgotten, so that an hour of calls fits in memory.
 */
export class Ledger {
  readonly #timeline: Timeline;
  readonly #calls = new Map<string, Call>();
  readonly #handled = new Map<string, Handled[]>();
  /** When each killed process was killed. */
  readonly #goneAt = new Map<string, number>();
  /** By the number of the fault; 0 for calls that no fault concerned. */
  readonly #tallies = new Map<number, Tally>();
  readonly #details = new Map<string, number>();
  readonly #bad: BadCall[] = [];
  /** Ends and handlers of calls that are unknown or were forgotten already. */
  #strayLines = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** @param process the name of the process, which is its slot's and a number behind a dot. */
  add(process: string, entry: Entry): void {
    if ('begun' in entry) {
      this.#calls.set(entry.begun, { caller: process, begun: entry, ends: [] });
    } else if ('ended' in entry) {
      const call = this.#calls.get(entry.ended);
      if (call === undefined) this.#strayLines++;
      else call.ends.push(entry);
    } else {
      const handled = this.#handled.get(entry.handled);
      const begun = { server: process, at: entry.at };
      if (handled === undefined) this.#handled.set(entry.handled, [begun]);
      else handled.push(begun);
    }
  }

  /** Notes that a process was killed. It cannot end its calls any more. */
  gone(process: string, at: number): void {
    this.#goneAt.set(process, at);
  }

  /** Counts and forgets the calls that are long over. */
  settle(now: number): void {
    for (const [id, call] of this.#calls) if (call.begun.deadline + KEPT_MS < now) this.#settle(id, call);
    for (const [id, [first]] of this.#handled) {
      if (this.#calls.has(id) || first === undefined || first.at + KEPT_MS >= now) continue;
      this.#handled.delete(id);
      this.#strayLines++;
    }
  }

  /** Counts all calls that are left. Call this when all processes have ended and all lines were added. */
  finish(): void {
    for (const [id, call] of this.#calls) this.#settle(id, call);
    this.#strayLines += this.#handled.size;
    this.#handled.clear();
  }

  /** The counts of the calls that belong to a fault; 0 for those that belong to none. */
  tally(fault: number): Tally {
    return this.#tallies.get(fault) ?? newTally();
  }

  get total(): Tally {
    return sumOf(this.#tallies.values());
  }

  /** The first calls of each fault that went wrong. */
  get bad(): readonly BadCall[] {
    return this.#bad;
  }

  /** How many calls ended with each status other than OK and each text, without the numbers in it. */
  get details(): ReadonlyMap<string, number> {
    return this.#details;
  }

  /** Lines about calls that no caller has begun, or that were over for minutes. There should be none. */
  get strayLines(): number {
    return this.#strayLines;
  }

  #settle(id: string, call: Call): void {
    const handled = this.#handled.get(id) ?? [];
    this.#calls.delete(id);
    this.#handled.delete(id);
    const { begun, ends } = call;
    const [end] = ends;
    const limit = begun.deadline + HUNG_AFTER_MS;
    const goneAt = this.#goneAt.get(call.caller) ?? Number.POSITIVE_INFINITY;
    const fault = this.#timeline.faultOf(begun.at, end?.at ?? Math.min(goneAt, limit));
    const tally = this.#tallies.get(fault?.number ?? 0) ?? newTally();
    this.#tallies.set(fault?.number ?? 0, tally);

    const why: string[] = [];
    tally.calls++;
    if (end !== undefined) {
      const name = status[end.code] ?? String(end.code);
      count(tally.ends, name);
      if (end.code !== status.OK) count(this.#details, `${name}: ${withoutNumbers(end.details ?? '')}`);
    }
    if (end === undefined && goneAt < limit) {
      tally.callerGone++;
    } else if (end === undefined || end.at > limit) {
      tally.hung++;
      why.push('hung');
    }
    if (ends.length > 1) {
      tally.endedTwice++;
      why.push('ended twice');
    }
    if (ends.some(({ wrong }) => wrong !== undefined)) {
      tally.wrong++;
      why.push('wrong answer');
    }
    if (end !== undefined && this.#isLost(call, end)) {
      tally.lost++;
      why.push('lost');
    }
    if (handled.length > 1) {
      const last = Math.max(...handled.map(({ at }) => at));
      const allowed = this.#timeline.faultsDuring(begun.at, last).some(({ disturbsServers }) => disturbsServers);
      if (allowed) {
        tally.ranTwiceAllowed++;
      } else {
        tally.ranTwice++;
        why.push('ran twice');
      }
    }
    if (why.length > 0 && this.#isNewsOf(fault?.number, why.join(', '))) {
      this.#bad.push({
        fault: fault?.number,
        why: why.join(', '),
        caller: call.caller,
        id,
        kind: begun.kind,
        begunAt: begun.at,
        ends,
        handled: handled.map(({ server, at }) => `${server} after ${at - begun.at} ms`),
      });
    }
  }

  /** Whether only few calls of the fault that went wrong in this way are kept. */
  #isNewsOf(fault: number | undefined, why: string): boolean {
    return this.#bad.filter((call) => call.fault === fault && call.why === why).length < MAX_BAD_CALLS;
  }

  #isLost({ caller, begun }: Call, end: CallEnded): boolean {
    if (begun.kind !== 'unary' || end.code !== status.DEADLINE_EXCEEDED) return false;
    const { at, deadline } = begun;
    return !this.#timeline.excuses(slotOf(caller), at, deadline - LOST_WITHIN_MS, deadline);
  }
}

/** The slot of a process: its name without the number. */
export function slotOf(process: string): string {
  return process.slice(0, process.lastIndexOf('.'));
}

function withoutNumbers(details: string): string {
  return details
    .replaceAll(/[0-9a-z]{8}\.[0-9a-f]{16}/g, '…')
    .replaceAll(/\d+(\.\d+)?/g, 'N')
    .slice(0, MAX_DETAILS);
}
