/** The counts of some calls. */
export interface Tally {
  calls: number;
  /** How many calls ended with each status, by the status's name. */
  readonly ends: Map<string, number>;
  /** Calls whose own caller was killed before they ended. */
  callerGone: number;
  /** Calls that did not end within their deadline and the time that is granted beyond it. */
  hung: number;
  endedTwice: number;
  wrong: number;
  /** Unary calls that ended with DEADLINE_EXCEEDED although they could have been answered. */
  lost: number;
  /** Calls that a handler began more than once, while a fault killed or paused a server or a broker. */
  ranTwiceAllowed: number;
  /** The same without such a fault. */
  ranTwice: number;
}

export function newTally(): Tally {
  return {
    calls: 0,
    ends: new Map(),
    callerGone: 0,
    hung: 0,
    endedTwice: 0,
    wrong: 0,
    lost: 0,
    ranTwiceAllowed: 0,
    ranTwice: 0,
  };
}

const counts = [
  'calls',
  'callerGone',
  'hung',
  'endedTwice',
  'wrong',
  'lost',
  'ranTwiceAllowed',
  'ranTwice',
] as const satisfies readonly (keyof Tally)[];

export function sumOf(tallies: Iterable<Tally>): Tally {
  const sum = newTally();
  for (const tally of tallies) {
    for (const name of counts) sum[name] += tally[name];
    for (const [status, times] of tally.ends) count(sum.ends, status, times);
  }
  return sum;
}

export function count(counted: Map<string, number>, name: string, times = 1): void {
  counted.set(name, (counted.get(name) ?? 0) + times);
}
