import type { BadCall } from './ledger.js';
import type { Leftovers } from './leftovers.js';
import type { ProcessUse } from './samples.js';
import { sumOf, type Tally } from './tally.js';
import type { FaultRecord } from './timeline.js';

/** A fault, and what became of the calls that it concerned. */
export interface FaultResult extends FaultRecord {
  readonly tally: Tally;
}

/** What a campaign saw. */
export interface CampaignResult {
  readonly seed: number;
  /** For how many minutes faults were made. */
  readonly minutes: number;
  /** Whether it was ended before its time. */
  readonly interrupted: boolean;
  /** Names and versions of the programs that took part. */
  readonly versions: readonly (readonly [name: string, version: string])[];
  readonly beganAt: number;
  readonly faults: readonly FaultResult[];
  /** The calls that no fault concerned. */
  readonly quiet: Tally;
  readonly bad: readonly BadCall[];
  readonly details: ReadonlyMap<string, number>;
  readonly strayLines: number;
  /** Things that must not happen to processes, and errors that ended the campaign. */
  readonly problems: readonly string[];
  readonly uses: readonly ProcessUse[];
  /** Undefined if the campaign failed before its end. */
  readonly leftovers: Leftovers | undefined;
  /** The folder with the ledgers and logs of all processes, if it was kept. */
  readonly folder: string | undefined;
}

export function totalOf({ faults, quiet }: CampaignResult): Tally {
  return sumOf([quiet, ...faults.map(({ tally }) => tally)]);
}

/** The reasons why a campaign failed. None: it passed. */
export function failuresOf(result: CampaignResult): string[] {
  const { hung, endedTwice, wrong, lost } = totalOf(result);
  const { faults, strayLines, problems, leftovers } = result;
  const counted: readonly (readonly [number, string])[] = [
    [hung, 'calls hung'],
    [endedTwice, 'calls ended twice'],
    [wrong, 'calls got a wrong answer'],
    [lost, 'unary calls were lost'],
  ];
  const unknownLeft = Math.max(0, (leftovers?.unknown ?? 0) - (leftovers?.killedCommands ?? 0));
  return [
    ...counted.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ...faults.flatMap(({ number, what, problem }) =>
      problem === undefined ? [] : [`fault ${number} (${what}): ${problem}`],
    ),
    ...(strayLines > 0
      ? [`${strayLines} lines tell of calls that nobody has begun, or that were over for minutes`]
      : []),
    ...problems,
    ...(leftovers?.ofClosed ?? []).map((inbox) => `the inbox ${inbox}, which was closed, is left`),
    ...(unknownLeft > 0 ? [`${unknownLeft} inboxes of a gateway or an egress that was closed are left`] : []),
  ];
}
