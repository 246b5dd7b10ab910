import test from 'ava';
import { deadlineOf, metadataOf } from './request-headers.js';

test('a grpc-timeout is read in every unit, and what is none is told from none', (t) => {
  const away = (timeout: string): number | undefined => {
    const deadline = deadlineOf({ 'grpc-timeout': timeout });
    return deadline === undefined ? undefined : deadline - Date.now();
  };
  const hour = 3_600_000;
  for (const [timeout, ms] of Object.entries({ '2H': 2 * hour, '3M': 180_000, '9000S': 9_000_000, '50000m': 50_000 })) {
    t.true(Math.abs((away(timeout) ?? 0) - ms) < 10_000, timeout);
  }
  for (const timeout of ['0n', '999999u', '1u']) t.true((away(timeout) ?? 10_000) < 1000, timeout);
  for (const timeout of ['', '1', 'S', '-1S', '1.5S', '123456789S', '1s', '1S 1S'])
    t.is(away(timeout), undefined, timeout);
  t.is(deadlineOf({}), Number.POSITIVE_INFINITY);
});

test('metadata are what is not of the hop: texts as they are, bytes decoded, what is neither left out', (t) => {
  const metadata = metadataOf({
    ':path': '/a/B',
    te: 'trailers',
    'grpc-timeout': '1S',
    'user-agent': 'x',
    word: ['a', 'b, c'],
    empty: '',
    'byte-bin': 'AQ, AQI=',
    strange: 'caf\u00e9',
  });
  t.deepEqual(metadata.toJSON(), {
    'user-agent': ['x'],
    word: ['a', 'b, c'],
    empty: [''],
    'byte-bin': [Buffer.from([1]), Buffer.from([1, 2])],
  } as never);
});
