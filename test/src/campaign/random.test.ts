import test from 'ava';
import { Random } from './random.js';

const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next());

test('the same seed gives the same numbers, and another seed gives others', (t) => {
  t.deepEqual(draw(new Random(7), 100), draw(new Random(7), 100));
  t.notDeepEqual(draw(new Random(7), 100), draw(new Random(8), 100));
});

test('the numbers are those of mulberry32', (t) => {
  t.deepEqual(
    draw(new Random(1), 3).map((number) => Math.floor(number * 2 ** 32)),
    [2693262067, 11749833, 2265367787],
  );
});

test('whole numbers stay within their bounds and reach both of them', (t) => {
  const random = new Random(3);
  const drawn = new Set(Array.from({ length: 300 }, () => random.int(2, 5)));
  t.deepEqual([...drawn].sort(), [2, 3, 4, 5]);
});

test('a shuffled list has each thing once', (t) => {
  const list = Array.from({ length: 20 }, (_, index) => index);
  const shuffled = new Random(5).shuffled(list);
  t.notDeepEqual(shuffled, list);
  t.deepEqual(
    shuffled.sort((a, b) => a - b),
    list,
  );
});

test('a choice from nothing is refused', (t) => {
  t.throws(() => new Random(1).pick([]), { instanceOf: RangeError });
});

test('what a fork draws does not change what its origin gives', (t) => {
  const one = new Random(9);
  const other = new Random(9);
  draw(one.fork(), 50);
  other.fork();
  t.deepEqual(draw(one, 10), draw(other, 10));
});
