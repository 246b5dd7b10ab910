import { status } from '@grpc/grpc-js';
import test from 'ava';
import type { CallKind } from './entries.js';
import { HUNG_AFTER_MS, Ledger } from './ledger.js';
import { Timeline } from './timeline.js';

const servers = ['worker-1', 'worker-2'];
const DEADLINE_MS = 30_000;

/** A ledger, and a clock that the test moves. */
class Made {
  at = 1_000_000;
  readonly timeline = new Timeline(servers, () => this.at);
  readonly ledger = new Ledger(this.timeline);
  #calls = 0;

  /** Begins a call now and gives it these ends: a status and how long after the beginning it came. */
  call(
    ends: readonly { code: status; after: number; wrong?: string }[],
    { kind = 'unary', caller = 'caller-1.1' }: { kind?: CallKind; caller?: string } = {},
  ): string {
    const id = (++this.#calls).toString(16).padStart(16, '0');
    this.ledger.add(caller, { begun: id, kind, at: this.at, deadline: this.at + DEADLINE_MS });
    for (const { after, ...end } of ends) this.ledger.add(caller, { ended: id, at: this.at + after, ...end });
    return id;
  }

  handled(id: string, ...times: readonly number[]): void {
    times.forEach((after, index) => {
      this.ledger.add(`worker-${index + 1}.1`, { handled: id, at: this.at + after });
    });
  }

  /** A fault from now on, after which the system is healthy again. */
  fault(ms: number, disturbsServers = true): void {
    const fault = this.timeline.beginFault('a kind', 'a fault', disturbsServers);
    this.at += ms;
    fault.endedAt = this.at;
    fault.healthyAt = this.at;
  }
}

const ok = { code: status.OK, after: 5 };
const late = { code: status.DEADLINE_EXCEEDED, after: DEADLINE_MS + 3 };

test('calls that end once, with the right answer, count by status', (t) => {
  const made = new Made();
  made.call([ok]);
  made.call([ok], { kind: 'chat' });
  made.call([{ code: status.UNAVAILABLE, after: 9 }]);
  made.ledger.finish();
  const { calls, ends, hung, endedTwice, wrong, lost, ranTwice, callerGone } = made.ledger.total;
  t.deepEqual(
    { hung, endedTwice, wrong, lost, ranTwice, callerGone },
    {
      hung: 0,
      endedTwice: 0,
      wrong: 0,
      lost: 0,
      ranTwice: 0,
      callerGone: 0,
    },
  );
  t.is(calls, 3);
  t.deepEqual(
    [...ends],
    [
      ['OK', 2],
      ['UNAVAILABLE', 1],
    ],
  );
  t.deepEqual(made.ledger.bad, []);
});

test('a call without an end hung, and so did one that ended too late', (t) => {
  const made = new Made();
  made.call([]);
  made.call([{ code: status.OK, after: DEADLINE_MS + HUNG_AFTER_MS + 1 }]);
  made.call([{ code: status.UNAVAILABLE, after: DEADLINE_MS + HUNG_AFTER_MS }]);
  made.ledger.finish();
  t.is(made.ledger.total.hung, 2);
  t.deepEqual(
    made.ledger.bad.map(({ why }) => why),
    ['hung', 'hung'],
  );
});

test('a call of a caller that was killed did not hang, unless it was overdue before', (t) => {
  const made = new Made();
  made.call([], { caller: 'caller-1.1' });
  made.call([], { caller: 'caller-2.1' });
  made.ledger.gone('caller-1.1', made.at + 100);
  made.ledger.gone('caller-2.1', made.at + DEADLINE_MS + HUNG_AFTER_MS + 100);
  made.ledger.finish();
  t.is(made.ledger.total.callerGone, 1);
  t.is(made.ledger.total.hung, 1);
  t.is(made.ledger.bad[0]?.caller, 'caller-2.1');
});

test('a call with two ends ended twice, even if the second one comes much later', (t) => {
  const made = new Made();
  made.call([ok, { code: status.UNAVAILABLE, after: 60_000 }]);
  made.ledger.finish();
  t.is(made.ledger.total.endedTwice, 1);
  t.deepEqual([...made.ledger.total.ends], [['OK', 1]]);
});

test('a wrong answer counts, whatever the status', (t) => {
  const made = new Made();
  made.call([{ ...ok, wrong: 'of another call' }]);
  made.call([{ code: status.UNAVAILABLE, after: 5, wrong: 'a message of another call' }], { kind: 'expand' });
  made.ledger.finish();
  t.is(made.ledger.total.wrong, 2);
});

test('a unary call that ran into its deadline while all was well is lost; streams are not', (t) => {
  const made = new Made();
  made.call([late]);
  made.call([late], { kind: 'chat' });
  made.ledger.finish();
  t.is(made.ledger.total.lost, 1);
});

test('a unary call is not lost if Kafka was out of reach in its last 20 s, and lost if that was before', (t) => {
  const made = new Made();
  made.call([late]);
  const reachable = made.timeline.beginOutage('all');
  made.at += 9000;
  reachable();
  made.ledger.finish();
  t.is(made.ledger.total.lost, 1);

  const longer = new Made();
  longer.call([late]);
  const reachableAgain = longer.timeline.beginOutage('all');
  longer.at += 11_000;
  reachableAgain();
  longer.ledger.finish();
  t.is(longer.ledger.total.lost, 0);
});

test('a unary call is not lost if its own caller was paused; one of another caller is', (t) => {
  const made = new Made();
  made.call([late], { caller: 'caller-1.4' });
  made.call([late], { caller: 'caller-2.1' });
  made.at += 15_000;
  const resumed = made.timeline.beginOutage({ caller: 'caller-1' });
  made.at += 1000;
  resumed();
  made.ledger.finish();
  t.is(made.ledger.total.lost, 1);
  t.is(made.ledger.bad[0]?.caller, 'caller-2.1');
});

test('a unary call is not lost if every server was down at the same time, and lost if one was always up', (t) => {
  const down = (firstMs: number, secondMs: number): Made => {
    const made = new Made();
    made.call([late]);
    made.at += 15_000;
    const one = made.timeline.beginOutage({ server: 'worker-1' });
    made.at += firstMs;
    const two = made.timeline.beginOutage({ server: 'worker-2' });
    made.at += secondMs;
    one();
    two();
    made.ledger.finish();
    return made;
  };
  t.is(down(2000, 2000).ledger.total.lost, 0);

  const inTurn = new Made();
  inTurn.call([late]);
  inTurn.at += 15_000;
  const one = inTurn.timeline.beginOutage({ server: 'worker-1' });
  inTurn.at += 2000;
  one();
  inTurn.at += 1;
  inTurn.timeline.beginOutage({ server: 'worker-2' });
  inTurn.ledger.finish();
  t.is(inTurn.ledger.total.lost, 1);
});

test('an outage that loses calls excuses all calls that were under way during it', (t) => {
  const made = new Made();
  const over = made.timeline.beginOutage('all', { losesCalls: true });
  made.at += 100;
  made.call([late]);
  made.at += 100;
  over();
  made.at += 100;
  made.call([late]);
  made.ledger.finish();
  t.is(made.ledger.total.lost, 1);
});

test('a call that ran twice is allowed to if a fault disturbed a server or a broker meanwhile', (t) => {
  const made = new Made();
  const quiet = made.call([ok]);
  made.handled(quiet, 1, 2);
  made.at += 10_000;
  const before = made.call([ok]);
  made.handled(before, 1, 4000);
  made.at += 1000;
  made.fault(2000);
  made.at += 10_000;
  made.fault(2000, false);
  const harmless = made.call([ok]);
  made.handled(harmless, 1, 2);
  made.ledger.finish();
  t.is(made.ledger.total.ranTwiceAllowed, 1);
  t.is(made.ledger.total.ranTwice, 2);
  t.deepEqual(
    made.ledger.bad.map(({ id, why }) => [id, why]),
    [
      [quiet, 'ran twice'],
      [harmless, 'ran twice'],
    ],
  );
});

test('a call belongs to the first fault that was not over while the call was under way', (t) => {
  const made = new Made();
  made.call([ok]);
  made.at += 1000;
  made.call([{ code: status.UNAVAILABLE, after: 1500 }]);
  made.at += 1000;
  made.fault(2000);
  made.at += 1000;
  made.call([ok]);
  made.at += 1000;
  made.fault(2000);
  made.ledger.finish();
  t.deepEqual(
    [0, 1, 2].map((fault) => made.ledger.tally(fault).calls),
    [2, 1, 0],
  );
});

test('handlers may be read before the beginning of their call', (t) => {
  const made = new Made();
  made.handled('0000000000000001', 1, 2);
  made.call([ok]);
  made.ledger.finish();
  t.is(made.ledger.total.ranTwice, 1);
  t.is(made.ledger.strayLines, 0);
});

test('calls that are long over are counted and forgotten, and what comes for them later is noticed', (t) => {
  const made = new Made();
  const old = made.call([ok]);
  made.at += 600_000;
  made.call([]);
  made.ledger.settle(made.at);
  t.is(made.ledger.total.calls, 1);
  made.ledger.add('caller-1.1', { ended: old, code: status.OK, at: made.at });
  made.handled(old, 0);
  made.ledger.finish();
  t.is(made.ledger.total.calls, 2);
  t.is(made.ledger.strayLines, 2);
});

test('the texts of bad ends are counted without their numbers', (t) => {
  const made = new Made();
  for (const details of [
    'no answer from ns.inbox.m2x1k9qz.0011223344556677 in 20 ms',
    'no answer from ns.inbox.m2x1k9qa.8899001122334455 in 31 ms',
  ]) {
    made.ledger.add('caller-1.1', { begun: details, kind: 'unary', at: made.at, deadline: made.at + DEADLINE_MS });
    made.ledger.add('caller-1.1', { ended: details, code: status.UNAVAILABLE, at: made.at, details });
  }
  made.ledger.finish();
  t.deepEqual([...made.ledger.details], [['UNAVAILABLE: no answer from ns.inbox.… in N ms', 2]]);
});
