import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { envelope } from './arbitraries.test.helpers.js';
import { data, join, number, varint } from './bytes.test.helpers.js';
import { entryTag, envelopeTag, frameTag, metadataTag, openTag, partTag, statusTag } from './fields.js';
import { decodeRecord, encodeRecord, readCallIds } from './index.js';
import { idsOf, toPlain } from './plain.test.helpers.js';
import { decodeBySchema, encodeBySchema, envelopeType, toSchemaObject } from './schema.test.helpers.js';

const runs = { numRuns: 2000 };

test('any envelope survives being written and read', (t) => {
  fc.assert(
    fc.property(envelope, (written) => {
      const { key, value } = encodeRecord(written);
      assert.deepEqual(toPlain(decodeRecord(key, value)), toPlain(written));
      assert.deepEqual(readCallIds(key), idsOf(written));
    }),
    runs,
  );
  t.pass();
});

test('a record is read the same from any kind of array, and at any position in memory', (t) => {
  fc.assert(
    fc.property(envelope, fc.nat(40), (written, offset) => {
      const { key, value } = encodeRecord(written);
      const within = (bytes: Uint8Array): Uint8Array => {
        const memory = new Uint8Array(new ArrayBuffer(offset + bytes.length + 7)).fill(0xff);
        memory.set(bytes, offset);
        return memory.subarray(offset, offset + bytes.length);
      };
      assert.deepEqual(toPlain(decodeRecord(within(key), value && within(value))), toPlain(written));
      assert.deepEqual(readCallIds(within(key)), readCallIds(key));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('messages that are views of other buffers are written as the bytes of the view', (t) => {
  const memory = Uint8Array.from({ length: 40 }, (_, index) => index).subarray(3);
  const frames = [memory.subarray(1, 4), memory.subarray(30)].map((message, index) => ({
    callId: 'sixteen bytes it',
    sequence: index,
    message,
  }));
  const sender = { topic: 'inbox', partition: 0 };
  t.is(encodeRecord({ sender, frames }).value?.toString('hex'), '0405062122232425' + '2627');
  t.is(encodeRecord({ sender, frames: frames.slice(0, 1) }).value?.toString('hex'), '040506');
});

test('the bytes are those that protobufjs makes of the published schema', (t) => {
  fc.assert(
    fc.property(envelope, (written) => {
      const ours = encodeRecord(written);
      const theirs = encodeBySchema(written);
      assert.equal(ours.key.toString('hex'), theirs.key.toString('hex'));
      assert.deepEqual(ours.value, theirs.value);
    }),
    runs,
  );
  t.pass();
});

test('protobufjs reads by the published schema what was written', (t) => {
  fc.assert(
    fc.property(envelope, (written) => {
      assert.deepEqual(decodeBySchema(encodeRecord(written).key), toSchemaObject(written));
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('a record that protobufjs writes by the published schema, with every default written out, is read', (t) => {
  fc.assert(
    fc.property(envelope, (written) => {
      const { key, value } = encodeBySchema(written);
      const full = decodeBySchema(key, { defaults: true });
      for (const frame of full.frames ?? []) {
        // Two fields have no default: an empty call id is illegal, and an absent length means no message.
        if (frame.callId?.length === 0) delete frame.callId;
        for (const name of ['open', 'headers', 'status', 'part'] as const) if (frame[name] === null) delete frame[name];
      }
      const verbose = envelopeType.encode(full).finish();
      assert.deepEqual(toPlain(decodeRecord(verbose, value)), toPlain(written));
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

/** The fields of a message that are messages, with their types. Other fields stay unchanged. */
interface Shape {
  readonly [field: number]: Shape;
}
const entryShape: Shape = {};
const frameShape: Shape = { 3: { 3: entryShape }, 5: { 1: entryShape }, 9: { 3: entryShape }, 12: {} };
const envelopeShape: Shape = { 5: frameShape };

/** Writes a message again, and adds the bytes of `extra` after each of its fields and after each field of nested messages. */
function sprinkle(message: Buffer, shape: Shape, extra: () => Buffer): Buffer {
  const parts: Buffer[] = [];
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[position++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (position < message.length) {
    const tag = readVarint();
    if ((tag & 7) === 0) {
      parts.push(join(varint(tag), varint(readVarint())));
    } else {
      const length = readVarint();
      const content = message.subarray(position, position + length);
      position += length;
      const inner = shape[tag >>> 3];
      parts.push(data(tag >>> 3, inner ? sprinkle(content, inner, extra) : content));
    }
    parts.push(extra());
  }
  return Buffer.concat(parts);
}

const knownTags = [envelopeTag, frameTag, openTag, partTag, metadataTag, entryTag, statusTag].flatMap((tags) =>
  Object.values<number>(tags),
);
const firstUnknown = 1 + Math.max(...knownTags.map((tag) => tag >>> 3));
const unknownNumber = fc.integer({ min: firstUnknown, max: 2 ** 29 - 1 });
const unknownField: fc.Arbitrary<Buffer> = fc.letrec<{ field: Buffer }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(unknownNumber, fc.bigInt(0n, 2n ** 64n - 1n)).map(([field, value]) => number(field, value)),
    fc.tuple(unknownNumber, fc.uint8Array({ maxLength: 20 })).map(([field, bytes]) => data(field, Buffer.from(bytes))),
    fc
      .tuple(unknownNumber, fc.uint8Array({ minLength: 8, maxLength: 8 }))
      .map(([field, bytes]) => join(varint(field * 8 + 1), Buffer.from(bytes))),
    fc
      .tuple(unknownNumber, fc.uint8Array({ minLength: 4, maxLength: 4 }))
      .map(([field, bytes]) => join(varint(field * 8 + 5), Buffer.from(bytes))),
    fc
      .tuple(unknownNumber, fc.array(tie('field'), { maxLength: 3 }))
      .map(([field, fields]) => join(varint(field * 8 + 3), ...fields, varint(field * 8 + 4))),
  ),
})).field;

test('unknown fields are skipped, of every wire type and in every message', (t) => {
  const some = fc.array(fc.oneof(fc.constant(Buffer.alloc(0)), unknownField), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(envelope, some, (written, fields) => {
      const { key, value } = encodeRecord(written);
      let next = 0;
      const extended = sprinkle(key, envelopeShape, () => fields[next++ % fields.length] ?? Buffer.alloc(0));
      assert.deepEqual(toPlain(decodeRecord(extended, value)), toPlain(written));
      assert.deepEqual(readCallIds(extended), readCallIds(key));
    }),
    runs,
  );
  t.pass();
});
