import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import { closedLoop, streamLoop } from './closed-loops.js';
import { Latencies, percentiles } from './latencies.js';
import {
  type Call,
  type ClosedLoop,
  type Load,
  noWait,
  type OpenLoop,
  type OpenStream,
  type StreamLoop,
} from './load.js';
import { openLoop, poissonArrivals } from './open-loop.js';

const closed: Load & ClosedLoop = {
  ...{ kind: 'closed', callers: 3, wait: noWait, bodyBytes: 16 },
  ...{ durationMs: 60_000, maxCalls: 50 },
};
const open: Load & OpenLoop = {
  ...{ kind: 'open', perSecond: 500, wait: noWait, bodyBytes: 16 },
  ...{ durationMs: 100, maxCalls: 1000 },
};
const streams: Load & StreamLoop = {
  ...{ kind: 'streams', streams: 2, window: 4, bodyBytes: 16 },
  ...{ durationMs: 60_000, maxCalls: 50 },
};
const nothing = () => undefined;
const echo: Call = (body, _waitMs, done) => setImmediate(done, null, Buffer.from(body));
const another: Call = (body, _waitMs, done) => setImmediate(done, null, Buffer.alloc(body.length));

test('a closed loop keeps as many calls under way as there are callers', async (t) => {
  let underWay = 0;
  let most = 0;
  const counted: Call = (body, waitMs, done) => {
    most = Math.max(most, ++underWay);
    echo(body, waitMs, (...answer) => {
      underWay--;
      done(...answer);
    });
  };
  const { figures } = await closedLoop(counted, closed, new Latencies(), nothing);
  t.is(most, 3);
  t.is(figures.calls, 50);
});

test('in an open loop a stall counts from when each call was due', async (t) => {
  // Nothing is answered before all have long been due.
  let over: Promise<unknown> | undefined;
  const stalled: Call = (body, _waitMs, done) => {
    over ??= pause(4 * open.durationMs);
    over.then(() => done(null, Buffer.from(body)));
  };
  const { figures } = await openLoop(stalled, open, new Latencies(), nothing);
  t.is(figures.refused, 0);
  t.true(figures.p50 > open.durationMs, `p50 ${figures.p50}`);
});

test('times are beyond what handlers wait', async (t) => {
  const wait = { minMs: 1_000_000, maxMs: 1_000_000 };
  const { figures } = await closedLoop(echo, { ...closed, wait }, new Latencies(), nothing);
  // An answer that comes before its handler's wait is over counts as 0; with the wait it would be a million or more.
  t.deepEqual([figures.p50, figures.max], [0, 0]);
});

test('streams get back all they sent, and end', async (t) => {
  let ended = 0;
  const openEcho: OpenStream = (onEcho, onEnd) => ({
    send: (body) => setImmediate(onEcho, Buffer.from(body)),
    end: () => {
      ended++;
      setImmediate(onEnd, null);
    },
  });
  const { figures } = await streamLoop(openEcho, streams, new Latencies(), nothing);
  t.is(figures.calls, 50);
  t.is(ended, 2);
});

test('percentiles have three significant digits, of microseconds', (t) => {
  const times = Array.from({ length: 1000 }, (_, at) => (at + 1) / 1000);
  t.deepEqual(percentiles(times), { p50: 0.5, p99: 0.99, max: 1 });
  const { p50, p99, max } = percentiles(times.map((ms) => ms * 12_345));
  for (const [figure, exact] of [
    [p50, 0.5],
    [p99, 0.99],
    [max, 1],
  ] as const) {
    t.true(Math.abs(figure / (exact * 12_345) - 1) < 0.001, `${figure} ms`);
  }
});

test('latencies are those since the last restart', (t) => {
  const latencies = new Latencies();
  latencies.restart(2);
  latencies.add(7);
  latencies.add(9);
  latencies.restart(2);
  latencies.add(1);
  t.deepEqual([latencies.count, latencies.percentiles().max], [1, 1]);
});

test('a wrong answer fails a run', async (t) => {
  await t.throwsAsync(closedLoop(another, closed, new Latencies(), nothing), { message: /^wrong answer/ });
  await t.throwsAsync(openLoop(another, open, new Latencies(), nothing), { message: /^wrong answer/ });
  const openAnother: OpenStream = (onEcho) => ({
    send: (body) => setImmediate(onEcho, Buffer.alloc(body.length)),
    end: () => {},
  });
  await t.throwsAsync(streamLoop(openAnother, streams, new Latencies(), nothing), { message: /^wrong answer/ });
});

test('arrivals are random, in order, and as many as asked for', (t) => {
  const moments = poissonArrivals(1000, 1_000_000);
  t.true(moments.every((moment, at) => moment >= (moments[at - 1] ?? 0) && moment < 1_000_000));
  // A million of them: a hundredth is ten standard deviations.
  t.true(Math.abs(moments.length - 1_000_000) < 10_000, `${moments.length} arrivals`);
});
