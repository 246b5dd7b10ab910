import test from 'ava';
import { CallQueue } from './call-queue.js';

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

test('a queue knows about how many bytes its calls hold', (t) => {
  const queue = new CallQueue();
  queue.push({ openingBytes: 2 ** 20 });
  t.true(queue.bytes > 2 ** 20 && queue.bytes < 1.01 * 2 ** 20);
  queue.push({ openingBytes: 0 });
  t.true(queue.bytes > 2 ** 20 + 1000, 'a call without a message holds bytes too');
  queue.shift();
  queue.shift();
  t.is(queue.bytes, 0);
  queue.push({ openingBytes: 5 });
  queue.clear();
  t.is(queue.bytes, 0);
  t.is(queue.shift(), undefined);
});
