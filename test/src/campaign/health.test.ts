import test from 'ava';
import { CALLS_IN_A_ROW, Health } from './health.js';
import { wallClock } from './time.js';

const LATER_MS = 1000;

const make = (): Health => new Health(['caller-1', 'caller-2'], ['worker-1', 'worker-2']);

function callOften(health: Health, caller: string, times = CALLS_IN_A_ROW): void {
  for (let n = 0; n < times; n++) health.called(caller, wallClock() + LATER_MS, true);
}

test('the system is healthy once each caller had its calls in a row and each server has begun one', async (t) => {
  const health = make();
  const healthy = health.healthy();
  callOften(health, 'caller-1');
  callOften(health, 'caller-2');
  health.served('worker-1', wallClock() + LATER_MS);
  t.is(health.missing, 'worker-2 began no call');
  health.served('worker-2', wallClock() + LATER_MS);
  t.true((await healthy) <= wallClock());
  t.is(health.missing, 'nothing');
});

test('a call that failed begins the row anew', (t) => {
  const health = make();
  void health.healthy();
  for (const server of ['worker-1', 'worker-2']) health.served(server, wallClock() + LATER_MS);
  callOften(health, 'caller-1');
  callOften(health, 'caller-2', CALLS_IN_A_ROW - 1);
  health.called('caller-2', wallClock() + LATER_MS, false);
  callOften(health, 'caller-2', 2);
  t.is(health.missing, `caller-2 had 2 of ${CALLS_IN_A_ROW} OK calls in a row`);
});

test('what began before the wait does not count', (t) => {
  const health = make();
  void health.healthy();
  health.called('caller-1', wallClock() - LATER_MS, true);
  health.served('worker-1', wallClock() - LATER_MS);
  t.regex(health.missing, /^caller-1 had 0 of .*worker-1 began no call/);
});
