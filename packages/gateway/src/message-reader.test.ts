import test from 'ava';
import fc from 'fast-check';
import { MessageReader, MessageTooLarge } from './message-reader.js';

function framed(bytes: Uint8Array, compressed: boolean): Buffer {
  const head = Buffer.from([compressed ? 1 : 0, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

test('messages are read alike, however their body is cut', (t) => {
  const message = fc.record({ bytes: fc.uint8Array({ maxLength: 40 }), compressed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.integer({ min: 1, max: 30 })), (messages, cuts) => {
      const body = Buffer.concat(messages.map(({ bytes, compressed }) => framed(bytes, compressed)));
      const reader = new MessageReader(40);
      const read = [];
      let at = 0;
      for (const length of cuts) {
        if (at >= body.length) break;
        read.push(...reader.read(body.subarray(at, at + length)));
        at += length;
      }
      if (at < body.length) read.push(...reader.read(body.subarray(at)));
      t.deepEqual(
        read,
        messages.map(({ bytes, compressed }) => ({ bytes: Buffer.from(bytes), compressed })),
      );
      return !reader.partial;
    }),
  );
});

test('a message that is too large is refused by its length alone, one that is just not is read', (t) => {
  const reader = new MessageReader(3);
  t.is(reader.read(framed(Buffer.alloc(3), false)).length, 1);
  t.deepEqual(reader.read(Buffer.from([0, 0, 0, 0])), []);
  t.true(reader.partial);
  t.throws(() => reader.read(Buffer.from([4])), { instanceOf: MessageTooLarge, message: /4 vs 3/ });
  t.is(new MessageReader(-1).read(framed(Buffer.alloc(100_000), false))[0]?.bytes.length, 100_000);
});
