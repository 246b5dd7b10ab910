import { status } from '@grpc/grpc-js';
import test from 'ava';
import { reportOf } from './report.js';
import { type CampaignResult, type FaultResult, failuresOf } from './result.js';
import { newTally, type Tally } from './tally.js';

const began = Date.UTC(2026, 0, 1, 12, 0, 0);

const tally = (counts: Partial<Tally>): Tally => ({ ...newTally(), ...counts });

const fault = (parts: Partial<FaultResult>): FaultResult => ({
  number: 1,
  kind: 'SIGKILL of a worker',
  what: 'SIGKILL of worker-2',
  disturbsServers: true,
  begunAt: began + 65_000,
  endedAt: began + 66_000,
  healthyAt: began + 73_500,
  problem: undefined,
  tally: tally({ calls: 10, ends: new Map([['OK', 10]]) }),
  ...parts,
});

const result = (parts: Partial<CampaignResult> = {}): CampaignResult => ({
  seed: 42,
  minutes: 3,
  interrupted: false,
  versions: [
    ['Wherry', '0.1.0'],
    ['Kafka', '4.1.1'],
  ],
  beganAt: began,
  faults: [
    fault({ tally: tally({ calls: 10, ends: new Map([['OK', 8]]), callerGone: 2, ranTwiceAllowed: 1 }) }),
    fault({
      number: 2,
      healthyAt: began + 69_000,
      tally: tally({
        calls: 5,
        ends: new Map([
          ['OK', 4],
          ['UNAVAILABLE', 1],
        ]),
      }),
    }),
  ],
  quiet: tally({ calls: 100, ends: new Map([['OK', 100]]) }),
  bad: [],
  details: new Map([['UNAVAILABLE: gone', 1]]),
  strayLines: 0,
  problems: [],
  uses: [
    {
      slot: 'gateway',
      name: 'gateway.2',
      ageMs: 125_000,
      first: { residentBytes: 100 * 2 ** 20, openFiles: 40, threads: 30 },
      last: { residentBytes: 120 * 2 ** 20, openFiles: 41, threads: 31 },
    },
  ],
  leftovers: { ofKilled: 2, unknown: 1, killedCommands: 1, ofClosed: [] },
  folder: undefined,
  ...parts,
});

test('a campaign without failures has passed, and its report sums faults of a kind', (t) => {
  t.deepEqual(failuresOf(result()), []);
  const text = reportOf(result());
  const lines = text.split('\n');
  t.is(lines[0], '# Fault campaign: passed');
  t.true(lines.includes('- seed: 42'));
  t.true(lines.includes('- versions: Wherry 0.1.0, Kafka 4.1.1'));
  t.true(lines.includes('| SIGKILL of a worker | 2 | 15 | OK 12, UNAVAILABLE 1 | 2 | 0 | 0 | 0 | 0 | 1 | 0 | 7.5 s |'));
  t.true(lines.includes('| (no fault) |  | 100 | OK 100 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |  |'));
  t.true(lines.includes('| **total** | 2 | 115 | OK 112, UNAVAILABLE 1 | 2 | 0 | 0 | 0 | 0 | 1 | 0 | 7.5 s |'));
  t.true(lines.includes('| 1 | 12:01:05.000 | 1:05 | SIGKILL of worker-2 | 1.0 s | 7.5 s | 0 of 10 |'));
  t.true(lines.includes('| gateway.2 | 2:05 | 100 MB | 120 MB | 40 | 41 | 30 | 31 |'));
  t.true(lines.includes('| UNAVAILABLE: gone | 1 |'));
  t.false(text.includes('## Failures'));
});

test('each count that must be 0, each unhealthy fault and each problem is a failure', (t) => {
  const quiet = tally({ calls: 9, hung: 1, endedTwice: 2, wrong: 3, lost: 4, ranTwice: 5 });
  const faults = [fault({ healthyAt: undefined, problem: 'not healthy again within 60 s' })];
  const failed = result({
    quiet,
    faults,
    strayLines: 6,
    problems: ['worker-1.1 ended by itself'],
    leftovers: { ofKilled: 0, unknown: 3, killedCommands: 1, ofClosed: ['ns.inbox.a.b of worker-1.1'] },
    folder: '/somewhere',
  });
  t.deepEqual(failuresOf(failed), [
    '1 calls hung',
    '2 calls ended twice',
    '3 calls got a wrong answer',
    '4 unary calls were lost',
    'fault 1 (SIGKILL of worker-2): not healthy again within 60 s',
    '6 lines tell of calls that nobody has begun, or that were over for minutes',
    'worker-1.1 ended by itself',
    'the inbox ns.inbox.a.b of worker-1.1, which was closed, is left',
    '2 inboxes of a gateway or an egress that was closed are left',
  ]);
  const lines = reportOf(failed).split('\n');
  t.is(lines[0], '# Fault campaign: failed');
  t.true(lines.includes('- 1 calls hung'));
  t.true(lines.includes('- ledgers and logs: /somewhere'));
  t.true(lines.includes('| SIGKILL of a worker | 1 | 10 | OK 10 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | not |'));
});

test('a call that went wrong is shown with all its ends, and bars in texts do not break the table', (t) => {
  const bad = [
    {
      fault: 2,
      why: 'ended twice',
      caller: 'caller-1.1',
      id: '00112233445566aa',
      kind: 'unary' as const,
      begunAt: began,
      ends: [
        { ended: '00112233445566aa', code: status.OK, at: began + 5 },
        { ended: '00112233445566aa', code: status.UNAVAILABLE, at: began + 900, details: 'a | b' },
      ],
      handled: ['worker-1.1 after 3 ms'],
    },
  ];
  const lines = reportOf(result({ bad })).split('\n');
  t.true(
    lines.includes(
      '| ended twice | 2 | caller-1.1 00112233445566aa | unary | 2026-01-01T12:00:00.000Z | OK after 5 ms; UNAVAILABLE after 900 ms: a \\| b | worker-1.1 after 3 ms |',
    ),
  );
});

test('a campaign that was interrupted before any fault has a report too', (t) => {
  const text = reportOf(result({ interrupted: true, faults: [], uses: [], details: new Map(), leftovers: undefined }));
  t.true(text.includes('- minutes: 3.0, ended early'));
  t.true(text.includes('| **total** | 0 | 100 | OK 100 |'));
  t.true(text.includes('The campaign did not come that far.'));
});
