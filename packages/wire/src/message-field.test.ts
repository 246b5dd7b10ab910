import test from 'ava';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { messageField } from './index.js';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Order {
    string id = 1;
    int64 number = 2;
    fixed32 shop = 3;
    Customer customer = 16;
    repeated string notes = 5;
  }
  message Customer { string name = 1; sint32 code = 2; }
`);
const order = root.lookupType('Order');
const bytesOf = (fields: object): Buffer => Buffer.from(order.encode(order.fromObject(fields)).finish());

test('a field is found by its number, and inner ones by their path', (t) => {
  const message = bytesOf({ notes: ['a', 'b'], id: 'o-1', number: 300, shop: 7, customer: { name: 'Ada', code: -1 } });
  t.deepEqual(messageField(message, [1]), Buffer.from('o-1'));
  t.deepEqual(messageField(message, [2]), Buffer.from([0xac, 0x02]));
  t.deepEqual(messageField(message, [3]), Buffer.from([7, 0, 0, 0]));
  t.deepEqual(messageField(message, [16, 1]), Buffer.from('Ada'));
  t.deepEqual(messageField(message, [16, 2]), Buffer.from([1]));
  t.deepEqual(messageField(message, [5]), Buffer.from('b'));
});

test('a field that is absent, empty or 0 is no key', (t) => {
  t.is(messageField(bytesOf({}), [1]), undefined);
  t.is(messageField(bytesOf({ id: 'x' }), [16, 1]), undefined);
  t.is(messageField(Buffer.from([0x10, 0x00]), [2]), undefined);
  t.is(messageField(Buffer.from([0x1d, 0, 0, 0, 0]), [3]), undefined);
  t.is(messageField(Buffer.from([0x0a, 0x00]), [1]), undefined);
  t.is(messageField(Buffer.alloc(0), [1]), undefined);
});

test('if a message comes in two pieces, the last inner field counts', (t) => {
  const message = Buffer.concat([bytesOf({ customer: { name: 'Ada', code: 5 } }), bytesOf({ customer: { code: 6 } })]);
  t.deepEqual(messageField(message, [16, 1]), Buffer.from('Ada'));
  t.deepEqual(messageField(message, [16, 2]), Buffer.from([12]));
});

test('bytes that are not a message have no field, and reading them never throws', (t) => {
  t.is(messageField(Buffer.from([0x0a, 0x05, 0x61]), [1]), undefined);
  t.is(messageField(bytesOf({ id: 'abc' }), [1, 2]), undefined);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 }),
      (bytes, path) => {
        messageField(bytes, path);
      },
    ),
    { numRuns: 2000 },
  );
});
