import test from 'ava';
import fc from 'fast-check';
import { LiveMap } from './live-map.js';

test('behaves as a Map does, whatever the keys', (t) => {
  const keys = fc.oneof(fc.constantFrom('__proto__', 'constructor', '', '7'), fc.string({ maxLength: 2 }));
  const steps = fc.array(fc.record({ key: keys, add: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (taken) => {
      const map = new Map<string, object>();
      const live = new LiveMap<object>();
      for (const { key, add } of taken) {
        const value = { key };
        if (add) {
          map.set(key, value);
          live.set(key, value);
        } else if (map.delete(key) !== live.delete(key)) return false;
        if (live.size !== map.size || live.get(key) !== map.get(key)) return false;
      }
      return live.values().length === map.size && live.values().every((value) => [...map.values()].includes(value));
    }),
  );
  t.pass();
});

test('the values are in the order in which they were added', (t) => {
  const live = new LiveMap<{ id: string }>();
  for (const id of ['c', 'a', 'b', 'd']) live.set(id, { id });
  live.delete('a');
  live.set('a', { id: 'a' });
  live.set('c', { id: 'c again' });
  t.deepEqual(
    live.values().map(({ id }) => id),
    ['c again', 'b', 'd', 'a'],
  );
});

test('finds each of many values while others are added and deleted', (t) => {
  const live = new LiveMap<{ number: number }>();
  const key = (number: number): string => `call ${number}`;
  for (let number = 0; number < 10_000; number++) {
    live.set(key(number), { number });
    if (number % 3 === 0) t.true(live.delete(key(number / 3)));
  }
  t.is(live.size, 10_000 - 3334);
  for (let number = 0; number < 10_000; number++)
    t.is(live.get(key(number))?.number, number < 3334 ? undefined : number);
  t.deepEqual(
    live.values().map(({ number }) => number),
    Array.from({ length: 10_000 - 3334 }, (_, index) => index + 3334),
  );
});
