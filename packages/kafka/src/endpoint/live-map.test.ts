import test from 'ava';
import fc from 'fast-check';
import { LiveMap } from './live-map.js';

test('is what a Map is, whatever the keys', (t) => {
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

test('the values stand in the order they came', (t) => {
  const live = new LiveMap<{ id: string }>();
  for (const id of ['c', 'a', 'b', 'd']) live.set(id, { id });
  live.delete('a');
  t.deepEqual(
    live.values().map(({ id }) => id),
    ['c', 'b', 'd'],
  );
});
