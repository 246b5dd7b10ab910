import test from 'ava';
import { data, frame, head, id, join, number, type Part, varint } from './bytes.test.helpers.js';
import { decodeRecord, type Frame, RecordError, type RecordErrorReason, readCallIds } from './index.js';
import { toPlain } from './plain.test.helpers.js';

/** Reads the single frame of a record. `fields` are the fields of its key after the version and the sender. */
function readOne(...fields: readonly Part[]): Frame {
  const { frames } = decodeRecord(join(head(), data(4, '/s/m'), ...fields), null);
  return frames[0] as Frame;
}

function reasonOf(read: () => unknown): RecordErrorReason | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof RecordError ? error.reason : undefined;
  }
}

// The fixtures cover valid and invalid records. These tests cover rules that the fixtures leave open or cannot show.

test('if a number, a flag or a text is there twice, the last one counts', (t) => {
  const twice = readOne(
    frame(number(2, 1), number(2, 2), number(8, 1), number(8, 0), data(9, number(1, 3), number(1, 5), data(2, 'a'))),
  );
  t.like(twice, { sequence: 2, cancel: false, status: { code: 5, message: 'a' } });
  const key = join(number(1, 1), data(2, 'one'), data(2, 'two'), number(3, 7), number(3, 8), frame());
  t.deepEqual(decodeRecord(key, null).sender, { topic: 'two', partition: 8 });
});

test('if a call id is there twice, the last one counts, for both readers', (t) => {
  const other = Buffer.alloc(16, 7);
  const key = join(head(), frame(data(1, other)));
  t.is(decodeRecord(key, null).frames[0]?.callId, other.toString('latin1'));
  t.deepEqual(readCallIds(key), [other.toString('latin1')]);
});

test('if a message length is there twice, the last one counts, and the value is cut by it', (t) => {
  const key = join(head(), frame(number(6, 3), number(6, 1)), frame(number(2, 1), number(6, 2)));
  const { frames } = decodeRecord(key, Buffer.from('abc'));
  t.deepEqual(
    frames.map(({ message }) => String(message)),
    ['a', 'bc'],
  );
});

test('a version that changes within the key is refused', (t) => {
  t.is(
    reasonOf(() => decodeRecord(join(head(), frame(), number(1, 2)), null)),
    'version',
  );
});

test('call ids are not read from a key of another version, nor from a key that is not an envelope', (t) => {
  t.is(
    reasonOf(() => readCallIds(join(number(1, 2), frame()))),
    'version',
  );
  t.is(
    reasonOf(() => readCallIds(null)),
    'foreign',
  );
  t.is(
    reasonOf(() => readCallIds(undefined)),
    'foreign',
  );
  t.is(
    reasonOf(() => readCallIds(Buffer.alloc(0))),
    'foreign',
  );
  t.is(
    reasonOf(() => readCallIds(join(head(), data(5, data(1, 'short'))))),
    'malformed',
  );
});

test('call ids are read from the key of a record that cannot be read', (t) => {
  const key = join(head(), frame(number(6, 100)), data(5, number(11, 1)));
  t.is(
    reasonOf(() => decodeRecord(key, null)),
    'malformed',
  );
  t.deepEqual(readCallIds(key), [id.toString('latin1')]);
});

test('a packed field is not read as a repeated number: it is one unknown field', (t) => {
  t.is(readOne(frame(data(2, varint(1), varint(2)))).sequence, 0);
});

test('text that is not UTF-8 does not lose its call', (t) => {
  t.is(readOne(frame(data(9, number(1, 2), data(2, 'a', 0xff, 'b')))).status?.message, 'a\ufffdb');
});

test('metadata keys that are properties of every object are keys like others', (t) => {
  const entries = ['__proto__', 'constructor', 'tostring'].map((key) => data(1, data(1, key), data(2, 'x')));
  t.deepEqual(readOne(frame(data(5, ...entries))).headers, [
    ['__proto__', 'x'],
    ['constructor', 'x'],
    ['tostring', 'x'],
  ]);
});

test('a metadata value is bytes only if its key ends in -bin', (t) => {
  const entry = (key: string) => data(1, data(1, key), data(2, 'v'));
  const headers = readOne(frame(data(5, entry('a-bin'), entry('-bin'), entry('bin'), entry('a-bin.')))).headers;
  t.deepEqual(
    headers?.map(([key, value]) => [key, typeof value]),
    [
      ['a-bin', 'object'],
      ['-bin', 'object'],
      ['bin', 'string'],
      ['a-bin.', 'string'],
    ],
  );
});

test('a deadline of any 64 bits becomes a time that can be compared with a clock', (t) => {
  const deadline = (ms: number | bigint) => readOne(frame(data(3, number(2, ms)))).open?.deadline;
  t.is(deadline(0), undefined);
  t.is(deadline(1), 1);
  t.is(deadline(2 ** 32), 2 ** 32);
  t.is(deadline(2 ** 53 - 1), 2 ** 53 - 1);
  t.is(deadline(2n ** 53n), 2 ** 53 - 1);
  t.is(deadline(2n ** 64n - 1n), 2 ** 53 - 1);
});

test('messages and binary metadata are views of what was read, not copies', (t) => {
  const key = join(head(), frame(number(6, 2), data(5, data(1, data(1, 'k-bin'), data(2, 'xy')))));
  const value = Buffer.from('ab');
  const { frames } = decodeRecord(key, value);
  const [one] = frames;
  value.write('cd');
  key.write('z', key.length - 1);
  t.is(String(one?.message), 'cd');
  t.is(String(one?.headers?.[0]?.[1]), 'xz');
});

test('an error says what is wrong with a record, and does not contain values of the record', (t) => {
  const secret = 'a secret\n';
  const entry = data(1, data(1, 'password'), data(2, secret));
  const error = t.throws(() => readOne(frame(data(5, entry))), { instanceOf: RecordError });
  t.regex(String(error?.message), /^malformed record: .*password/);
  t.false(error?.message.includes('secret'));
});

test('an error is short, even if the wrong part of the record is long', (t) => {
  const entry = data(1, data(1, 'X'.repeat(100_000)), data(2, 'value'));
  const error = t.throws(() => readOne(frame(data(5, entry))), { instanceOf: RecordError });
  t.regex(String(error?.message), /^malformed record: .*XXX\.\.\.$/);
  t.true(Number(error?.message.length) < 300);
});

test('an envelope with many frames is read correctly', (t) => {
  const key = join(head(), ...Array.from({ length: 1000 }, (_, index) => frame(number(2, index), number(6, 1))));
  const { frames } = decodeRecord(key, Buffer.alloc(1000, 'x'));
  t.deepEqual(
    frames.map(({ sequence }) => sequence),
    Array.from({ length: 1000 }, (_, index) => index),
  );
  t.is(toPlain({ sender: { topic: 'inbox', partition: 0 }, frames }).frames[999]?.message, '78');
});
