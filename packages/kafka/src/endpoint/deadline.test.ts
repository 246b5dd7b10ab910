import test from 'ava';
import { atDeadline } from './deadline.js';

test('a deadline is never early by the clock that it is given in', async (t) => {
  const early = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const deadline = Date.now() + (index % 50);
      return new Promise<number>((resolve) => {
        atDeadline(deadline, () => resolve(deadline - Date.now()));
      });
    }),
  );
  t.deepEqual(
    early.filter((ms) => ms > 0),
    [],
  );
});

test('one that has passed is told of at once, and one that was stopped never', async (t) => {
  const told: string[] = [];
  const stop = atDeadline(Date.now() + 5, () => told.push('stopped'));
  stop();
  await new Promise<void>((resolve) => {
    atDeadline(Date.now() + 20, resolve);
    atDeadline(Date.now() - 1000, () => told.push('passed'));
  });
  t.deepEqual(told, ['passed']);
});
