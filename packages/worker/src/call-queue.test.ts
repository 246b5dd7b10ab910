import test from 'ava';
import { CallQueue } from './call-queue.js';

const megabyte = { openingBytes: 2 ** 20 };

test('calls come out in the order they went in', (t) => {
  const queue = new CallQueue<{ openingBytes: number; number: number }>();
  for (const number of [1, 2, 3]) queue.push({ openingBytes: 0, number });
  t.is(queue.length, 3);
  t.deepEqual(
    [queue.shift(), queue.shift(), queue.shift(), queue.shift()].map((call) => call?.number),
    [1, 2, 3, undefined],
  );
  t.is(queue.length, 0);
});

test('thousands of small calls fit, and a few large ones', (t) => {
  const small = new CallQueue();
  while (!small.full) small.push({ openingBytes: 100 });
  t.true(small.length > 5000 && small.length < 10_000, `${small.length}`);
  const large = new CallQueue();
  while (!large.full) large.push(megabyte);
  t.is(large.length, 16);
});

test('a queue that was full has room again once half of it was taken', (t) => {
  const queue = new CallQueue();
  while (!queue.full) queue.push(megabyte);
  for (let taken = 0; taken < 8; taken++) {
    t.false(queue.hasRoom);
    queue.shift();
  }
  queue.shift();
  t.true(queue.hasRoom);
  t.false(queue.full);
  while (queue.shift() !== undefined);
  t.true(queue.hasRoom);
});

test('a queue that was cleared holds nothing', (t) => {
  const queue = new CallQueue();
  while (!queue.full) queue.push(megabyte);
  queue.clear();
  t.is(queue.length, 0);
  t.false(queue.full);
  t.is(queue.shift(), undefined);
});
