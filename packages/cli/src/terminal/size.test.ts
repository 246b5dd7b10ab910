import test from 'ava';
import { sizeOf } from './size.js';

const otherwise = { columns: 100, rows: 24 };

test('a terminal is as large as it says', (t) => {
  t.deepEqual(sizeOf({ columns: 80, rows: 50 }, otherwise), { columns: 80, rows: 50 });
});

test('a terminal of 0 columns, and a stream that is no terminal, have the default size', (t) => {
  t.deepEqual(sizeOf({ columns: 0, rows: 0 }, otherwise), otherwise);
  t.deepEqual(sizeOf({}, otherwise), otherwise);
});

test('no line is narrower than 20 columns', (t) => {
  t.is(sizeOf({ columns: 3, rows: 50 }, otherwise).columns, 20);
});
