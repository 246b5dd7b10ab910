import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { bytes, envelope } from './arbitraries.test.helpers.js';
import { data, frame, head, id, join, number, varint } from './bytes.test.helpers.js';
import { CALL_ID_BYTES, decodeRecord, encodeRecord, type ReceivedEnvelope, RecordError, readCallIds } from './index.js';
import { idsOf, toPlain } from './plain.test.helpers.js';

interface Bytes {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** Calls `read`. Returns undefined if it throws a RecordError. Any other error fails the test. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert(error instanceof RecordError, `it threw ${error}`);
    assert(['foreign', 'version', 'malformed'].includes(error.reason));
    return undefined;
  }
}

/** Reads a record with both readers. If it can be read, the envelope must be legal, and must be written as the same bytes. */
function survives({ key, value }: Bytes): void {
  const ids = attempt(() => readCallIds(key));
  const read = attempt(() => decodeRecord(key, value));
  if (read === undefined) return;
  checkPromises(read, value);
  assert.deepEqual(ids?.sort(), idsOf(read).sort());
  const again = encodeRecord(read);
  assert.deepEqual(toPlain(decodeRecord(again.key, again.value)), toPlain(read));
}

function checkPromises({ sender, frames, notices }: ReceivedEnvelope, value: Uint8Array | null): void {
  assert.match(sender.topic, /^[\w.-]{1,249}$/);
  assert(sender.partition >= 0 && sender.partition < 2 ** 31);
  assert(frames.length + notices.length > 0);
  for (const notice of notices) {
    if (notice.kind === 'lease') assert(notice.leaseMs > 0);
    else assert.equal(notice.callId.length, CALL_ID_BYTES);
  }
  for (const { callId, open, status } of frames) {
    assert.equal(callId.length, CALL_ID_BYTES);
    if (open !== undefined) assert.match(open.method, /^\/[^/]+\/[^/]+$/);
    if (open?.deadline !== undefined) assert(Number.isSafeInteger(open.deadline) && open.deadline > 0);
    if (status !== undefined) assert(status.code >= 0 && status.code <= 16);
  }
  const messages = Buffer.concat(frames.flatMap(({ message }) => message ?? []));
  assert(messages.equals(value ?? Buffer.alloc(0)));
}

const record = envelope.map((written): Bytes => encodeRecord(written));
const nothing = Buffer.alloc(0);

/** How many times longer to fuzz: each property runs this many times as often. */
const { WHERRY_FUZZ = '1' } = process.env;
const runs = (count: number): { numRuns: number } => ({ numRuns: count * Number(WHERRY_FUZZ) });

test('random bytes are read or refused, and nothing else happens', (t) => {
  const any = fc.option(fc.uint8Array({ maxLength: 300 }));
  fc.assert(
    fc.property(any, any, (key, value) => survives({ key, value })),
    runs(10_000),
  );
  t.pass();
});

test('random bytes after a legal beginning are read or refused', (t) => {
  const beginning = fc.constantFrom(number(1, 1), head(), join(head(), frame()), join(head(), data(4, '/s/m')));
  fc.assert(
    fc.property(beginning, bytes, bytes, (start, rest, value) => {
      survives({ key: join(start, Buffer.from(rest)), value });
      survives({ key: join(start, frame(Buffer.from(rest))), value });
    }),
    runs(10_000),
  );
  t.pass();
});

type Damage = (bytes: Buffer, other: Buffer) => Buffer;
const at = fc.nat(10_000);
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(at, fc.nat(7)).map(
    ([where, bit]): Damage =>
      (bytes) => {
        const index = where % Math.max(1, bytes.length);
        return join(bytes.subarray(0, index), (bytes[index] ?? 0) ^ (1 << bit), bytes.subarray(index + 1));
      },
  ),
  at.map(
    (where): Damage =>
      (bytes) =>
        bytes.subarray(0, where % (bytes.length + 1)),
  ),
  at.map(
    (where): Damage =>
      (bytes) =>
        bytes.subarray(where % (bytes.length + 1)),
  ),
  fc.tuple(at, at).map(
    ([where, from]): Damage =>
      (bytes, other) => {
        return join(bytes.subarray(0, where % (bytes.length + 1)), other.subarray(from % (other.length + 1)));
      },
  ),
  fc.tuple(at, at).map(
    ([where, many]): Damage =>
      (bytes) => {
        const index = where % (bytes.length + 1);
        return join(bytes.subarray(0, index), bytes.subarray(index + (many % 20)));
      },
  ),
  fc.tuple(at, bytes).map(
    ([where, more]): Damage =>
      (bytes) => {
        const index = where % (bytes.length + 1);
        return join(bytes.subarray(0, index), Buffer.from(more), bytes.subarray(index));
      },
  ),
  fc.tuple(at, fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2n ** 64n - 1n, 2n ** 70n)).map(
    ([where, length]): Damage =>
      (bytes) => {
        const index = where % (bytes.length + 1);
        return join(bytes.subarray(0, index), varint(length), bytes.subarray(index + 1));
      },
  ),
);

test('damaged records are read or refused: flipped, cut, spliced, stretched', (t) => {
  const blows = fc.array(fc.tuple(damage, fc.boolean()), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(record, record, blows, (one, other, all) => {
      let key = Buffer.from(one.key ?? nothing);
      let value = Buffer.from(one.value ?? nothing);
      for (const [blow, toKey] of all) {
        if (toKey) key = Buffer.from(blow(key, Buffer.from(other.key ?? nothing)));
        else value = Buffer.from(blow(value, Buffer.from(other.value ?? nothing)));
      }
      survives({ key, value });
    }),
    runs(10_000),
  );
  t.pass();
});

/** Protobuf messages with the field numbers of the schema, and with any wire types and contents. */
const oddMessage: fc.Arbitrary<Buffer> = fc.letrec<{ message: Buffer }>((tie) => {
  const fieldNumber = fc.integer({ min: 0, max: 12 });
  const big = fc.oneof(fc.nat(300), fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2n ** 53n, 2n ** 64n - 1n, 2n ** 69n));
  return {
    message: fc
      .array(
        fc.oneof(
          { maxDepth: 4 },
          fc
            .tuple(fieldNumber, big, fc.integer({ min: 1, max: 11 }))
            .map(([field, value, width]) => join(varint(field * 8), varint(value, width))),
          fc.tuple(fieldNumber, bytes).map(([field, content]) => data(field, Buffer.from(content))),
          fc.tuple(fieldNumber, fc.constantFrom(id, Buffer.from('/s/m'), Buffer.from('k'))).map(([f, c]) => data(f, c)),
          fc.tuple(fieldNumber, tie('message')).map(([field, content]) => data(field, content)),
          fc.tuple(fieldNumber, tie('message')).map(([f, c]) => join(varint(f * 8 + 3), c, varint(f * 8 + 4))),
          fc.tuple(fieldNumber, fc.nat(7), big).map(([f, type, length]) => join(varint(f * 8 + type), varint(length))),
        ),
        { maxLength: 5 },
      )
      .map((fields) => join(...fields)),
  };
}).message;

test('protobuf messages of any other shape are read or refused', (t) => {
  fc.assert(
    fc.property(oddMessage, bytes, (odd, value) => {
      survives({ key: join(number(1, 1), odd), value });
      survives({ key: join(head(), odd), value });
      survives({ key: join(head(), data(4, '/s/m'), frame(odd)), value });
      survives({ key: join(head(), data(4, '/s/m'), frame(number(6, value.length), data(3, odd))), value });
      survives({ key: join(head(), frame(data(9, odd))), value: null });
    }),
    runs(5000),
  );
  t.pass();
});

test('a truncated record is refused, and only the whole record is read', (t) => {
  fc.assert(
    fc.property(envelope, (written) => {
      // Nothing behind it that could be missed without being missing.
      const last = { callId: id.toString('latin1'), sequence: 1, message: Buffer.from('the end') };
      const { topic, partition } = written.sender;
      const { key, value } = encodeRecord({ sender: { topic, partition }, frames: [...written.frames, last] });
      for (let length = 0; length < key.length; length++) {
        assert.throws(() => decodeRecord(key.subarray(0, length), value), RecordError);
      }
      for (let length = 0; length < (value?.length ?? 0); length++) {
        assert.throws(() => decodeRecord(key, value?.subarray(0, length)), RecordError);
      }
    }),
    runs(100),
  );
  t.pass();
});

const MEGABYTE = 2 ** 20;
const repeated = (part: Buffer, before = head()): Buffer =>
  join(before, Buffer.alloc(Math.floor(MEGABYTE / part.length) * part.length, part));

/** A megabyte of each construct that could cost more than its length. If the work grew with the square of the length, the test would not end. */
const heavy: Record<string, Buffer> = {
  'beginnings of groups': repeated(varint(803)),
  'empty groups': repeated(join(varint(803), varint(804))),
  'unknown numbers': repeated(number(100, 1)),
  'empty unknown fields': repeated(data(100)),
  versions: repeated(number(1, 1)),
  senders: repeated(data(2, 'a')),
  methods: repeated(data(4, '/s/m')),
  'empty frames': repeated(data(5)),
  leases: repeated(data(5, number(11, 1))),
  'frames of no message': repeated(frame()),
  'frames of an empty message': repeated(frame(number(6, 0))),
  'call ids in one frame': join(head(), data(5, repeated(data(1, id), nothing))),
  'openings in one frame': join(head(), data(4, '/s/m'), data(5, data(1, id), repeated(data(3), nothing))),
  metadata: join(head(), frame(data(5, repeated(data(1, data(1, 'k')), nothing)))),
  'one metadata key': join(head(), frame(data(5, data(1, data(1, Buffer.alloc(MEGABYTE, 'k')))))),
  'one method': join(head(), data(4, '/', Buffer.alloc(MEGABYTE, 's'), '/m'), frame(data(3))),
  'one method of slashes': join(head(), data(4, Buffer.alloc(MEGABYTE, '/')), frame(data(3))),
  'one sender': join(number(1, 1), data(2, Buffer.alloc(MEGABYTE, 'a')), frame()),
  'one status message that is not UTF-8': join(head(), frame(data(9, data(2, Buffer.alloc(MEGABYTE, 0xff))))),
  'bytes that announce more': repeated(Buffer.of(0xff)),
};

for (const [name, key] of Object.entries(heavy)) {
  test(`a megabyte of ${name} is read or refused`, (t) => {
    survives({ key, value: null });
    t.pass();
  });
}

test('a megabyte of frames: the messages are cut from the value in order', (t) => {
  const one = frame(number(6, 1));
  const count = Math.floor(MEGABYTE / one.length);
  const value = Buffer.alloc(count, 'abcdefghijk');
  const { frames } = decodeRecord(join(head(), Buffer.alloc(count * one.length, one)), value);
  t.is(frames.length, count);
  t.is(Buffer.concat(frames.map(({ message }) => message ?? nothing)).compare(value), 0);
});

test('groups may be nested a hundred deep and no deeper, in the key and in a frame', (t) => {
  const nested = (depth: number): Buffer =>
    join(Buffer.alloc(depth * 2, varint(803)), Buffer.alloc(depth * 2, varint(804)));
  for (const around of [
    (group: Buffer) => join(head(), frame(), group),
    (group: Buffer) => join(head(), frame(group)),
  ]) {
    t.is(decodeRecord(around(nested(100)), null).frames.length, 1);
    t.throws(() => decodeRecord(around(nested(101)), null), { instanceOf: RecordError });
    t.throws(() => decodeRecord(around(nested(300_000)), null), { instanceOf: RecordError });
    t.throws(() => readCallIds(around(nested(300_000))), { instanceOf: RecordError });
  }
});
