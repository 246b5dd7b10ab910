import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { type ServiceShare, SlotShares } from './slot-shares.js';

interface Call {
  readonly share: ServiceShare<Call>;
  readonly topic: string;
  readonly openingBytes: number;
  readonly number: number;
}

/** Shares, and the topics whose reading is paused. */
function makeShares(slots: number, ...topics: string[]) {
  const paused = new Set<string>();
  const shares = new SlotShares<Call>(slots, {
    pause: (topic) => paused.add(topic),
    resume: (topic) => paused.delete(topic),
  });
  const byTopic = new Map(shares.divide(topics).map((share) => [share.topic, share]));
  let number = 0;
  return {
    shares,
    paused,
    push: (topic: string, count = 1, openingBytes = 0) => {
      const share = byTopic.get(topic) as ServiceShare<Call>;
      for (let pushed = 0; pushed < count; pushed++) shares.push({ share, topic, openingBytes, number: number++ });
    },
    /** Begins every call that may run. */
    begin: () => {
      const begun: Call[] = [];
      for (let call = shares.take(); call !== undefined; call = shares.take()) {
        shares.begun(call);
        begun.push(call);
      }
      return begun;
    },
  };
}

const count = (calls: readonly Call[], topic: string): number => calls.filter((call) => call.topic === topic).length;

test('one service uses all slots, in the order of its calls', (t) => {
  const { shares, push, begin } = makeShares(3, 'a');
  push('a', 5);
  const begun = begin();
  t.deepEqual(
    begun.map(({ number }) => number),
    [0, 1, 2],
  );
  t.is(shares.waiting, 2);
  for (const call of begun) shares.ended(call);
  t.deepEqual(
    begin().map(({ number }) => number),
    [3, 4],
  );
});

test('a backlog of one service leaves slots to the others, and it may use all but these', (t) => {
  const { push, begin } = makeShares(16, 'slow', 'fast');
  push('slow', 100);
  t.is(begin().length, 12);
  push('fast', 3);
  t.is(count(begin(), 'fast'), 3);
  push('fast', 3);
  t.is(count(begin(), 'fast'), 1);
  t.is(begin().length, 0);
});

test('services that have calls take turns', (t) => {
  const { push, begin } = makeShares(8, 'a', 'b', 'c');
  push('a', 10);
  push('b', 10);
  t.deepEqual(
    begin()
      .slice(0, 4)
      .map(({ topic }) => topic),
    ['a', 'b', 'a', 'b'],
  );
});

test('a worker with fewer slots than services still runs the calls of all', (t) => {
  const { shares, push, begin } = makeShares(1, 'a', 'b');
  push('a', 2);
  push('b', 2);
  const order: string[] = [];
  for (let [call] = begin(); call !== undefined; [call] = begin()) {
    order.push(call.topic);
    shares.ended(call);
  }
  t.deepEqual(order, ['a', 'b', 'a', 'b']);
});

test('one service is read until its calls hold 16 MiB, and again when half of them is left', (t) => {
  const { shares, paused, push, begin } = makeShares(1, 'a');
  push('a', 1, 2 ** 20);
  const running = begin();
  push('a', 15, 2 ** 20);
  shares.adjustReading();
  t.deepEqual([...paused], []);
  push('a', 1, 2 ** 20);
  shares.adjustReading();
  t.deepEqual([...paused], ['a']);
  let taken = 0;
  for (let call = running.pop(); call !== undefined && paused.size > 0; call = running.pop()) {
    shares.ended(call);
    running.push(...begin());
    shares.adjustReading();
    taken++;
  }
  t.is(taken, 9);
});

test('if waiting calls hold too much, only services that hold more than their part are not read', (t) => {
  const { shares, paused, push } = makeShares(2, 'a', 'b', 'c');
  push('a', 14, 2 ** 20);
  push('b', 1, 2 ** 20);
  shares.adjustReading();
  t.deepEqual([...paused], [], 'a service may hold more than its part while there is room');
  push('b', 1, 2 ** 20);
  shares.adjustReading();
  t.deepEqual([...paused], ['a']);
});

test('whatever calls do, no slot is lost and none is used twice', (t) => {
  const topics = ['a', 'b', 'c'];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.oneof(fc.constantFrom(...topics), fc.nat({ max: 20 })), { maxLength: 60 }),
      (slots, steps) => {
        const { shares, push, begin } = makeShares(slots, ...topics);
        const running: Call[] = [];
        const waiting = new Map(topics.map((topic) => [topic, 0]));
        const change = (topic: string, by: number): void => void waiting.set(topic, (waiting.get(topic) ?? 0) + by);
        const beginAll = (): void => {
          for (const call of begin()) {
            running.push(call);
            change(call.topic, -1);
          }
        };
        for (const step of steps) {
          if (typeof step === 'string') {
            push(step);
            change(step, 1);
          } else {
            const [ended] = running.splice(step % Math.max(1, running.length), 1);
            if (ended !== undefined) shares.ended(ended);
          }
          beginAll();
          const own = Math.max(slots > topics.length ? 1 : 0, Math.floor(slots / (2 * topics.length)));
          const free = topics.reduce((sum, topic) => sum + Math.max(0, own - count(running, topic)), 0);
          assert.ok(running.length <= slots);
          assert.equal(
            shares.waiting,
            [...waiting.values()].reduce((sum, calls) => sum + calls),
          );
          for (const topic of topics) if (waiting.get(topic) !== 0) assert.ok(count(running, topic) >= own);
          if (shares.waiting > 0) assert.ok(slots - running.length <= free);
        }
        for (let call = running.pop(); call !== undefined; call = running.pop()) {
          shares.ended(call);
          beginAll();
        }
        assert.equal(shares.waiting, 0);
      },
    ),
  );
  t.pass();
});
