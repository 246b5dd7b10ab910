import test from 'ava';
import { ReplayBudget, ReplayBuffer } from './replay-buffer.js';

/** The bytes that a message counts beyond its own. */
const OVERHEAD = 32;

test('a call keeps the messages that fit', (t) => {
  const budget = new ReplayBudget(10_000, 1000 + 2 * OVERHEAD);
  const buffer = new ReplayBuffer(budget);
  t.true(buffer.reserve(600));
  t.false(buffer.reserve(401));
  t.true(buffer.reserve(400));
  t.false(buffer.reserve(0), 'empty messages are bounded too');
  t.is(budget.usedBytes, 1000 + 2 * OVERHEAD);
});

test('calls share the budget of their channel, and give their part back once', (t) => {
  const budget = new ReplayBudget(1000 + OVERHEAD, 1_000_000);
  const [one, other] = [new ReplayBuffer(budget), new ReplayBuffer(budget)];
  t.true(one.reserve(1000));
  t.false(other.reserve(1));
  one.release();
  one.release();
  t.is(budget.usedBytes, 0);
  t.true(other.reserve(1000));
  t.false(one.reserve(1));
});

test('messages stay in order until they are released', (t) => {
  const buffer = new ReplayBuffer(new ReplayBudget(1000, 1000));
  for (const text of ['a', 'b', 'c']) buffer.add({ message: Buffer.from(text), sent: () => undefined });
  t.deepEqual(
    buffer.messages.map(({ message }) => message.toString()),
    ['a', 'b', 'c'],
  );
  buffer.release();
  t.deepEqual(buffer.messages, []);
});
