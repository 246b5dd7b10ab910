import test from 'ava';
import fc from 'fast-check';
import { lengthOf, wrap } from './text.js';

test('lines break between words', (t) => {
  t.deepEqual(wrap('wherry call --list --brokers 127.0.0.1:9092', 20), [
    'wherry call --list',
    '--brokers',
    '127.0.0.1:9092',
  ]);
});

test('a word that is longer than a line is broken', (t) => {
  t.deepEqual(wrap('trace 0123456789abcdef', 8), ['trace', '01234567', '89abcdef']);
});

test('an empty text is one empty line', (t) => {
  t.deepEqual(wrap('', 20), ['']);
});

test('no line is wider than it may be, and none of the text is lost', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
      const lines = wrap(text, width);
      t.true(lines.every((line) => lengthOf(line) <= width));
      t.is(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
    }),
  );
});
