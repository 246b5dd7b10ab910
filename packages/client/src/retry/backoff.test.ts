import test from 'ava';
import fc from 'fast-check';
import { Backoff } from './backoff.js';

const policy = { initialBackoffMs: 100, maxBackoffMs: 1000, backoffMultiplier: 3 };

function pauses(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => Math.round(backoff.next()));
}

test('each pause is longer than the one before, up to the longest', (t) => {
  t.deepEqual(pauses(new Backoff(policy, () => 0.5), 5), [100, 300, 900, 1000, 1000]);
});

test('a pause is up to a fifth shorter or longer', (t) => {
  t.deepEqual(pauses(new Backoff(policy, () => 0), 2), [80, 240]);
  t.deepEqual(pauses(new Backoff(policy, () => 1), 2), [120, 360]);
});

test('the pauses start again after a pause that the server asked for', (t) => {
  const backoff = new Backoff(policy, () => 0.5);
  pauses(backoff, 3);
  backoff.reset();
  t.deepEqual(pauses(backoff, 2), [100, 300]);
});

test('the random part stays within a fifth', (t) => {
  const positive = fc.double({ min: 0.001, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(positive, positive, fc.double({ min: 0.01, max: 100, noNaN: true }), (initial, max, multiplier) => {
      const backoff = new Backoff({ initialBackoffMs: initial, maxBackoffMs: max, backoffMultiplier: multiplier });
      const within = (pause: number, of: number): boolean => pause >= 0.8 * of && pause <= 1.2 * of * (1 + 1e-9);
      let wanted = Math.min(initial, max);
      for (let attempt = 0; attempt < 5; attempt++) {
        if (!within(backoff.next(), wanted)) return false;
        wanted = Math.min(wanted * multiplier, max);
      }
      return true;
    }),
  );
  t.pass();
});
