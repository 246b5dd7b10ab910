import test from 'ava';
import { parseDuration } from './durations.js';

test('times of every unit are milliseconds', (t) => {
  t.is(parseDuration('250ms'), 250);
  t.is(parseDuration('5s'), 5000);
  t.is(parseDuration('1.5s'), 1500);
  t.is(parseDuration('10m'), 600_000);
  t.is(parseDuration('1h'), 3_600_000);
});

for (const text of ['', '5', 's', '-5s', '0s', '5 s', '5d', '1e3s', '99999999999999999h']) {
  test(`${JSON.stringify(text)} is no time, and the error says what would be one`, (t) => {
    const error = t.throws(() => parseDuration(text), { instanceOf: RangeError });
    t.true(error.message.startsWith(JSON.stringify(text)));
    t.regex(error.message, /250ms, 5s, 10m or 1h/);
  });
}
