import test from 'ava';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { Writer } from './writer.js';

/** The methods that protobufjs's writer has too. */
type Field =
  | { kind: 'uint32'; value: number }
  | { kind: 'uint64'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'bytes'; value: Uint8Array }
  | { kind: 'message'; value: readonly Field[] };

interface AnyWriter {
  uint32(value: number): this;
  uint64(value: number): this;
  string(value: string): this;
  bytes(value: Uint8Array): this;
  fork(): this;
  ldelim(): this;
}

function write<W extends AnyWriter>(writer: W, fields: readonly Field[]): W {
  for (const field of fields) {
    if (field.kind === 'uint32') writer.uint32(field.value);
    else if (field.kind === 'uint64') writer.uint64(field.value);
    else if (field.kind === 'string') writer.string(field.value);
    else if (field.kind === 'bytes') writer.bytes(field.value);
    else write(writer.fork(), field.value).ldelim();
  }
  return writer;
}

const field: fc.Arbitrary<Field> = fc.letrec<{ field: Field }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant('uint32' as const), value: fc.nat(2 ** 32 - 1) }),
    fc.record({ kind: fc.constant('uint64' as const), value: fc.maxSafeNat() }),
    fc.record({ kind: fc.constant('string' as const), value: fc.string({ unit: 'grapheme', maxLength: 300 }) }),
    fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 300 }) }),
    fc.record({ kind: fc.constant('message' as const), value: fc.array(tie('field'), { maxLength: 5 }) }),
  ),
})).field;

test('it writes the same bytes as protobufjs, however small its first buffer is', (t) => {
  fc.assert(
    fc.property(fc.array(field), fc.integer({ min: 0, max: 600 }), (fields, size) => {
      const expected = Buffer.from(write(protobuf.Writer.create(), fields).finish());
      return expected.equals(write(new Writer(size), fields).finish());
    }),
  );
  t.pass();
});

test('numbers of every length', (t) => {
  for (let bits = 0; bits <= 53; bits++) {
    for (const value of [2 ** bits - 1, Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)]) {
      t.deepEqual(new Writer().uint64(value).finish(), Buffer.from(protobuf.Writer.create().uint64(value).finish()));
    }
  }
});

test('messages whose length takes one byte, two, and three', (t) => {
  for (const length of [0, 126, 127, 128, 16_382, 16_383, 16_384]) {
    const fields: Field[] = [{ kind: 'message', value: [{ kind: 'bytes', value: new Uint8Array(length).fill(7) }] }];
    t.deepEqual(write(new Writer(), fields).finish(), Buffer.from(write(protobuf.Writer.create(), fields).finish()));
  }
});

test('a string of latin1 is written as bytes, not as UTF-8', (t) => {
  t.deepEqual([...new Writer().latin1('a\xff\0').finish()], [3, 0x61, 0xff, 0]);
});
