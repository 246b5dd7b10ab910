import test from 'ava';
import type { RoundPart, SystemName } from '../plan.js';
import type { Measurement } from '../run/rounds.js';
import { bounds, describe, type GuardResults, judge } from './guard.js';

/** Figures of a round: `[calls/s, p50 in ms, CPU us/call]` of each system. */
type Round = Readonly<Partial<Record<SystemName, readonly [number, number, number]>>>;

const good: Round = {
  'by-hand': [1000, 1, 40],
  channel: [8000, 1.2, 60],
  gateway: [1100, 2, 300],
  direct: [1000, 0.5, 250],
};

function results(...rounds: Round[]): GuardResults {
  const trials: [RoundPart, string][] = [
    ['load', '1'],
    ['load', '256'],
    ['streams', '64'],
  ];
  const measurements = rounds.flatMap((round, index) =>
    trials.flatMap(([part, trial]) =>
      (Object.entries(round) as [SystemName, readonly [number, number, number]][]).map(
        ([system, [calls, p50, total]]): Measurement => ({
          ...{ system, part, trial, round: index + 1, calls, seconds: 1, p50, p99: p50, max: p50, elsewhere: 0 },
          cpu: { caller: { total }, broker: { total: 100 } },
        }),
      ),
    ),
  );
  const held = (heap: number) => ({ heap, rss: heap });
  const memory = [
    { system: 'channel' as const, calls: 10, caller: held(5000), worker: held(4000) },
    { system: 'direct' as const, calls: 10, caller: held(10_000), worker: held(5000) },
  ];
  return { measurements, memory };
}

function failing(guarded: GuardResults): string[] {
  return judge(guarded).flatMap(({ holds, bound }) => (holds ? [] : [bound.title]));
}

test('as published, every bound holds', (t) => {
  t.deepEqual(failing(results(good)), []);
});

test('one good round among bad ones is enough', (t) => {
  const disturbed: Round = { ...good, channel: [500, 20, 60], gateway: [50, 200, 300] };
  t.deepEqual(failing(results(disturbed, good, disturbed)), []);
});

test('a ratio is between neighbours in time, not between the best of all rounds', (t) => {
  const [busy, quiet] = [
    { ...good, channel: [1000, 1.2, 60], direct: [1000, 0.5, 250] },
    { ...good, channel: [2000, 1.2, 60], direct: [2000, 0.5, 250] },
  ] as const;
  // 2,000 of one round over 1,000 of another would hold.
  t.deepEqual(failing(results(busy, quiet)), ['calls/s at 256 callers: Wherry compared with grpc-js over HTTP/2']);
});

test('what is slow, or takes much, in every round fails, and is named with its ratios', (t) => {
  const slow: Round = { ...good, channel: [1400, 3, 220], gateway: [300, 5, 900] };
  const verdicts = judge(results(slow, slow)).filter(({ holds }) => !holds);
  t.deepEqual(
    verdicts.map(({ bound }) => bound.title),
    bounds.slice(0, 5).map(({ title }) => title),
  );
  t.deepEqual(verdicts.map(describe).slice(0, 1), [
    'FAILS  calls/s at 256 callers: Wherry compared with grpc-js over HTTP/2: at least 1.5; it is 1.40, the best of 1.40, 1.40',
  ]);
});

test('what was not measured does not hold', (t) => {
  t.is(failing({ measurements: [], memory: [] }).length, bounds.length);
});
