import { status } from '@grpc/grpc-js';
import type { BadCall } from './ledger.js';
import { type CampaignResult, type FaultResult, failuresOf, totalOf } from './result.js';
import type { ProcessUse, Sample } from './samples.js';
import { sumOf, type Tally } from './tally.js';
import { seconds } from './time.js';

const MAX_DETAILS = 30;
const MINUTE_MS = 60_000;

/** Writes the report of a campaign as markdown. */
export function reportOf(result: CampaignResult): string {
  const failures = failuresOf(result);
  const { seed, minutes, interrupted, versions, faults, folder } = result;
  const parts = [
    `# Fault campaign: ${failures.length === 0 ? 'passed' : 'failed'}`,
    [
      `- seed: ${seed}`,
      `- minutes: ${minutes.toFixed(1)}${interrupted ? ', ended early' : ''}`,
      `- versions: ${versions.map(([name, version]) => `${name} ${version}`).join(', ')}`,
      `- faults: ${faults.length} of ${new Set(faults.map(({ kind }) => kind)).size} kinds`,
      ...(folder === undefined ? [] : [`- ledgers and logs: ${folder}`]),
    ].join('\n'),
    ...section('Failures', failures.map((failure) => `- ${failure}`).join('\n')),
    ...section('Calls by fault', callsTable(result)),
    ...section('Calls that went wrong', badTable(result.bad)),
    ...section('Ends other than OK', detailsTable(result.details)),
    ...section('Faults in order', faultsTable(result)),
    ...section('Memory, open files and threads', usesTable(result.uses)),
    ...section('Topics left behind', leftoversText(result)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section(title: string, body: string): string[] {
  return body === '' ? [] : [`## ${title}`, body];
}

function callsTable(result: CampaignResult): string {
  const kinds = [...new Set(result.faults.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) => {
    const faults = result.faults.filter((fault) => fault.kind === kind);
    return [kind, String(faults.length), ...tallyCells(sumOf(faults.map(({ tally }) => tally))), worstRecovery(faults)];
  });
  return table(
    [
      'fault',
      'times',
      'calls',
      'ends',
      'caller gone',
      'hung',
      'ended twice',
      'wrong',
      'lost',
      'run twice, allowed',
      'run twice, otherwise',
      'healthy again after (worst)',
    ],
    [
      ...rows,
      ['(no fault)', '', ...tallyCells(result.quiet), ''],
      ['**total**', String(result.faults.length), ...tallyCells(totalOf(result)), worstRecovery(result.faults)],
    ],
  );
}

function tallyCells(tally: Tally): string[] {
  const ends = [...tally.ends].sort(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}`);
  const { calls, callerGone, hung, endedTwice, wrong, lost, ranTwiceAllowed, ranTwice } = tally;
  const counts = [callerGone, hung, endedTwice, wrong, lost, ranTwiceAllowed, ranTwice];
  return [String(calls), ends.join(', '), ...counts.map(String)];
}

/** The longest time from the end of a fault until the system was healthy again. Nobody waited for it after a campaign's early end. */
function worstRecovery(faults: readonly FaultResult[]): string {
  if (faults.some(({ problem }) => problem !== undefined)) return 'not';
  const times = faults.flatMap((fault) => recoveryOf(fault) ?? []);
  return times.length === 0 ? '' : seconds(Math.max(...times));
}

function recoveryOf({ endedAt, healthyAt }: FaultResult): number | undefined {
  return endedAt === undefined || healthyAt === undefined ? undefined : healthyAt - endedAt;
}

function recoveryText(fault: FaultResult): string {
  const ms = recoveryOf(fault);
  if (fault.problem !== undefined) return 'not';
  return ms === undefined ? '' : seconds(ms);
}

function badTable(bad: readonly BadCall[]): string {
  if (bad.length === 0) return '';
  const rows = bad.map(({ why, fault, caller, id, kind, begunAt, ends, handled }) => [
    why,
    fault === undefined ? '' : String(fault),
    `${caller} ${id}`,
    kind,
    new Date(begunAt).toISOString(),
    ends
      .map(({ code, at, details, wrong }) =>
        [`${status[code] ?? code} after ${at - begunAt} ms`, details, wrong && `wrong: ${wrong}`]
          .filter(Boolean)
          .join(': '),
      )
      .join('; '),
    handled.join('; '),
  ]);
  const heads = ['why', 'fault', 'call', 'kind', 'begun', 'ends', 'handlers'];
  return `The first ones of each fault and kind.\n\n${table(heads, rows)}`;
}

function detailsTable(details: ReadonlyMap<string, number>): string {
  if (details.size === 0) return '';
  const rows = [...details].sort(([, a], [, b]) => b - a).slice(0, MAX_DETAILS);
  return table(
    ['end', 'calls'],
    rows.map(([text, times]) => [text, String(times)]),
  );
}

function faultsTable({ faults, beganAt }: CampaignResult): string {
  if (faults.length === 0) return '';
  const rows = faults.map((fault) => {
    const { number, what, begunAt, endedAt, tally } = fault;
    const failed = tally.calls - tally.callerGone - (tally.ends.get('OK') ?? 0);
    return [
      String(number),
      new Date(begunAt).toISOString().slice(11, 23),
      minutesAndSeconds(begunAt - beganAt),
      what,
      endedAt === undefined ? '' : seconds(endedAt - begunAt),
      recoveryText(fault),
      `${failed} of ${tally.calls}`,
    ];
  });
  return table(['', 'at (UTC)', 'after', 'fault', 'took', 'healthy again after', 'calls not OK'], rows);
}

function usesTable(uses: readonly ProcessUse[]): string {
  if (uses.length === 0) return '';
  const megabytes = (sample: Sample | undefined): string =>
    sample === undefined ? '' : `${(sample.residentBytes / 2 ** 20).toFixed(0)} MB`;
  const rows = uses.map(({ name, ageMs, first, last }) => [
    name,
    minutesAndSeconds(ageMs),
    megabytes(first),
    megabytes(last),
    first === undefined ? '' : String(first.openFiles),
    String(last.openFiles),
    first === undefined ? '' : String(first.threads),
    String(last.threads),
  ]);
  const heads = [
    'process',
    'age at the end',
    'memory at minute 1',
    'at the end',
    'open files at minute 1',
    'at the end',
    'threads at minute 1',
    'at the end',
  ];
  return `The process of each kind that lived longest.\n\n${table(heads, rows)}`;
}

function leftoversText({ leftovers }: CampaignResult): string {
  if (leftovers === undefined) return 'The campaign did not come that far.';
  const { ofKilled, unknown, killedCommands, ofClosed } = leftovers;
  return [
    `- inboxes of killed processes: ${ofKilled}`,
    `- inboxes of gateways and egresses: ${unknown} (${killedCommands} of these processes were killed)`,
    `- inboxes of closed processes: ${ofClosed.length === 0 ? 'none' : ofClosed.join(', ')}`,
  ].join('\n');
}

function minutesAndSeconds(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  return `${minutes}:${String(Math.floor((ms % MINUTE_MS) / 1000)).padStart(2, '0')}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
