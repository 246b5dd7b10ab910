import test from 'ava';
import { dateOf, durationOf, millisecondsOf, timestampOf } from './time.js';

test('a Timestamp and its Date, before 1970 too', (t) => {
  t.deepEqual(timestampOf(new Date(1_500)), { seconds: 1n, nanos: 500_000_000 });
  t.deepEqual(timestampOf(new Date(-1)), { seconds: -1n, nanos: 999_000_000 });
  for (const ms of [0, 1, -1, -1_001, 1_732_550_400_123]) t.is(dateOf(timestampOf(new Date(ms))).getTime(), ms);
  t.is(dateOf({ seconds: '1', nanos: 999_999_999 }).getTime(), 1_999);
  t.throws(() => timestampOf(new Date(Number.NaN)), { instanceOf: RangeError });
});

test('a Duration and its milliseconds: both parts have one sign', (t) => {
  t.deepEqual(durationOf(1_500), { seconds: 1n, nanos: 500_000_000 });
  t.deepEqual(durationOf(-1_500), { seconds: -1n, nanos: -500_000_000 });
  t.deepEqual(durationOf(-2_000), { seconds: -2n, nanos: 0 });
  for (const ms of [0, 0.5, -0.5, 999, -86_400_001]) t.is(millisecondsOf(durationOf(ms)), ms);
});
