import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, createFileRegistry, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { generate } from '@wherry/codegen';
import { fileDescriptors, type Init, type MessageType } from '@wherry/codegen/runtime';
import test from 'ava';
import fc from 'fast-check';
import { Duration } from './gen/codegen/google/protobuf/duration.js';
import { Timestamp } from './gen/codegen/google/protobuf/timestamp.js';
import * as everything from './gen/codegen/wherry/codegen/v1/everything.js';
import { Person, Size } from './gen/codegen/wherry/codegen/v1/shared.js';
import { randomMessage } from './support/random-messages.js';

// The other implementation knows the messages by the descriptors in the generated code, so these are tested too.
const files: FileDescriptorProto[] = fileDescriptors(everything.protoFile).map((bytes) =>
  fromBinary(FileDescriptorProtoSchema, bytes),
);
const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: files }));

const types: readonly (readonly [type: MessageType<unknown>, alike: boolean])[] = [
  [everything.Scalars, true],
  [everything.Optionals, true],
  [everything.Lists, true],
  [everything.Maps, true],
  [everything.Choices, true],
  [everything.Tree, true],
  [everything.Outer, true],
  [everything.Aliases, true],
  [everything.Nothing, true],
  [everything.Promise$, true],
  [everything.Item, true],
  // Here the other implementation has other types: of wrappers and Struct, and of JS_NUMBER.
  [everything.WellKnown, false],
  [everything.Object$, false],
].map(([type, alike]) => [type as MessageType<unknown>, alike as boolean]);

for (const [type, alike] of types) {
  test(`${type.typeName}: another implementation writes the same bytes, and each reads the other's`, (t) => {
    const schema = registry.getMessage(type.typeName);
    if (schema === undefined) throw new Error(`${type.typeName} is not in its descriptors`);
    fc.assert(
      fc.property(randomMessage(schema), (init) => {
        const bytes = type.encode(init as Init<unknown>);
        const theirs = fromBinary(schema, bytes);
        t.deepEqual(plainBytes(toBinary(schema, theirs)), plainBytes(bytes));
        if (alike)
          t.deepEqual(plainBytes(toBinary(schema, create(schema, init as Partial<Message>))), plainBytes(bytes));
        const whole = type.create(init as Init<unknown>);
        t.deepEqual(comparable(type.decode(bytes)), comparable(whole));
        t.deepEqual(plainBytes(type.encode(whole as Init<unknown>)), plainBytes(bytes));
      }),
      { numRuns: 200 },
    );
  });
}

for (const [type, alike] of types) {
  if (!alike) continue;
  const schema = registry.getMessage(type.typeName);
  if (schema === undefined) throw new Error(`${type.typeName} is not in its descriptors`);
  const message = randomMessage(schema).map((init) => Buffer.from(type.encode(init as Init<unknown>)));

  test(`${type.typeName}: what is cut off is refused, or read as another implementation reads it`, (t) => {
    const cutOff = fc.tuple(message, fc.nat()).map(([bytes, cut]) => bytes.subarray(0, cut % (bytes.length + 1)));
    fc.assert(
      fc.property(cutOff, (bytes) => {
        const ours = attempt(RangeError, () => type.encode(type.decode(bytes) as Init<unknown>));
        const theirs = attempt(Error, () => toBinary(schema, fromBinary(schema, bytes), { writeUnknownFields: false }));
        t.is(ours && plainBytes(ours), theirs && plainBytes(theirs), plainBytes(bytes));
      }),
      { numRuns: 300 },
    );
  });

  test(`${type.typeName}: what is damaged is refused, or is a message`, (t) => {
    const damage = fc.array(fc.record({ at: fc.nat(), to: fc.nat(255) }), { minLength: 1, maxLength: 3 });
    const damaged = fc.tuple(message, damage).map(([bytes, changes]) => {
      for (const { at, to } of changes) if (bytes.length > 0) bytes[at % bytes.length] = to;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        const read = attempt(RangeError, () => type.decode(bytes));
        if (read === undefined) return;
        // Written and read again it is the same, apart from NaN's bits and what was no UTF-8.
        const again = type.encode(read as Init<unknown>);
        t.is(plainBytes(type.encode(type.decode(again) as Init<unknown>)), plainBytes(again), plainBytes(bytes));
      }),
      { numRuns: 300 },
    );
  });
}

/** What a function gives; undefined where it throws such an error. */
function attempt<T>(refusal: new () => Error, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof refusal)) throw error;
    return undefined;
  }
}

const committed: readonly (readonly [proto: string, generated: string])[] = [
  ['../proto/codegen/', '../src/gen/codegen/'],
  ['../../tools/bench/proto/', '../../tools/bench/src/gen/'],
  ['../../examples/route-guide/proto/', '../../examples/route-guide/src/gen/'],
];

for (const [proto, generated] of committed) {
  test(`${generated} is what is generated, and the same from run to run`, (t) => {
    const files = [fileURLToPath(new URL(proto, import.meta.url))];
    const folder = fileURLToPath(new URL(generated, import.meta.url));
    const once = generate({ files }).files;
    t.deepEqual([...generate({ files }).files], [...once]);
    const there = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    t.deepEqual(there.sort(), [...once.keys()].sort());
    for (const [name, text] of once) {
      t.is(readFileSync(join(folder, name), 'utf8'), text, `${name}: see test/src/gen/README.md`);
    }
  });
}

test('lengths of one to four bytes, of strings and of messages in messages', (t) => {
  const schema = registry.getMessage(everything.Tree.typeName);
  if (schema === undefined) throw new Error('Tree is not in its descriptors');
  for (const limit of [0x80, 0x4000, 0x20_0000]) {
    for (let length = limit - 8; length < limit + 2; length++) {
      const tree: Init<everything.Tree> = { label: 'root', children: [{ single: { label: 'x'.repeat(length) } }, {}] };
      const bytes = everything.Tree.encode(tree);
      t.is(Buffer.compare(toBinary(schema, fromBinary(schema, bytes)), bytes), 0, `${length}`);
      t.deepEqual(everything.Tree.decode(bytes), everything.Tree.create(tree));
    }
  }
});

test('a codec may be used while another message is written', (t) => {
  const inner = everything.Item.encode({ id: 'inner' });
  const item = {
    get id() {
      return everything.Item.decode(everything.Item.encode({ id: 'inner' })).id;
    },
    price: 1n,
  };
  t.deepEqual(everything.Item.encode(item), everything.Item.encode({ id: 'inner', price: 1n }));
  t.deepEqual(inner, everything.Item.encode({ id: 'inner' }));
});

test('what is absent has its default, and optional fields tell', (t) => {
  const scalars = everything.Scalars.decode(new Uint8Array(0));
  t.is(scalars.anInt64, 0n);
  t.is(scalars.aString, '');
  t.is(scalars.size, Size.UNSPECIFIED);
  t.is(scalars.someBytes.length, 0);
  t.is(everything.Scalars.encode(scalars).length, 0);
  t.is(everything.Optionals.decode(new Uint8Array(0)).anInt64, undefined);
  const zeros = {
    anInt64: 0n,
    aString: '',
    aBool: false,
    aDouble: 0,
    someBytes: new Uint8Array(0),
    size: Size.UNSPECIFIED,
  };
  t.is(everything.Optionals.decode(everything.Optionals.encode(zeros)).anInt64, 0n);
  t.is(everything.Optionals.decode(everything.Optionals.encode(zeros)).aString, '');
});

test('-0 and NaN are not the default', (t) => {
  t.true(Object.is(everything.Scalars.decode(everything.Scalars.encode({ aDouble: -0 })).aDouble, -0));
  t.true(Number.isNaN(everything.Scalars.decode(everything.Scalars.encode({ aFloat: Number.NaN })).aFloat));
});

test('the number of an enum value that is not known is kept', (t) => {
  t.is(Person.decode(Person.encode({ size: 77 })).size, 77);
  t.is(everything.Alias.UNO, everything.Alias.ONE);
  t.is(everything.Aliases.decode(everything.Aliases.encode({ alias: everything.Alias.MINUS })).alias, -1);
});

test('fields that are not known are skipped, in messages of every depth', (t) => {
  const item = everything.Item.encode({ id: 'a', owner: { name: 'Ada', size: Size.SMALL }, price: 5n });
  // Summary has other types at the same numbers.
  t.deepEqual(everything.Summary.decode(item), { count: 0, total: 0n });
  t.deepEqual(everything.Nothing.decode(item), {});
});

test('a message that comes twice is merged, of a oneof too', (t) => {
  const twice = Buffer.concat([
    everything.Item.encode({ owner: { name: 'Ada' } }),
    everything.Item.encode({ owner: { size: Size.LARGE } }),
  ]);
  t.deepEqual(everything.Item.decode(twice).owner, { name: 'Ada', size: Size.LARGE });
  const person = (init: Init<Person>): Buffer => everything.Choices.encode({ choice: { case: 'person', value: init } });
  const { choice } = everything.Choices.decode(Buffer.concat([person({ name: 'Ada' }), person({ size: Size.LARGE })]));
  t.deepEqual(choice, { case: 'person', value: { name: 'Ada', size: Size.LARGE } });
});

test('lists are read packed or not, whatever the .proto file asks for', (t) => {
  const packed = Buffer.from([0x92, 0x01, 2, 5, 6]);
  t.deepEqual(everything.Lists.decode(packed).notPacked, [5, 6]);
  t.deepEqual(everything.Lists.decode(Buffer.from([0x18, 5, 0x18, 6])).anInt32, [5, 6]);
});

test('what is no message is refused', (t) => {
  const refuse = (...bytes: number[]): void => void t.throws(() => everything.Item.decode(Buffer.from(bytes)));
  refuse(0x0a);
  refuse(0x0a, 5, 1);
  refuse(0x12, 2, 0x0a, 5, 1, 1, 1, 1, 1);
  refuse(0x18, 0x80);
  refuse(0x18, ...Array<number>(11).fill(0x80));
  refuse(0x00, 0x00);
  refuse(0x0c);
});

test('a number that cannot be held exactly is refused where numbers are asked for', (t) => {
  const bytes = everything.Object$.encode({ withNumber: Number.MAX_SAFE_INTEGER, withString: '-9223372036854775808' });
  t.is(everything.Object$.decode(bytes).withNumber, Number.MAX_SAFE_INTEGER);
  t.is(everything.Object$.decode(bytes).withString, '-9223372036854775808');
  const tooLarge = Buffer.from(bytes);
  tooLarge[tooLarge.length - 1] = 0x7f;
  t.throws(() => everything.Object$.decode(tooLarge), { instanceOf: RangeError });
});

test('well-known types are messages like others', (t) => {
  const added: Timestamp = { seconds: -1n, nanos: 999_999_999 };
  t.deepEqual(Timestamp.decode(Timestamp.encode(added)), added);
  t.deepEqual(Duration.create({ nanos: 5 }), { seconds: 0n, nanos: 5 });
});

/** Bytes that are equal where they are, whatever class they have. */
function plainBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A message with its bytes as text; a float is as its bytes are, and NaN equals NaN. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return plainBytes(value);
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([key, field]) => [key, comparable(field)]);
}
