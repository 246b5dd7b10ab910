import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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
      return reader.partialBytes === 0;
    }),
  );
});

test('a message that is too large is refused by its length alone, one that is just not is read', (t) => {
  const reader = new MessageReader(3);
  t.is(reader.read(framed(Buffer.alloc(3), false)).length, 1);
  t.deepEqual(reader.read(Buffer.from([0, 0, 0, 0])), []);
  t.true(reader.partialBytes > 0);
  t.throws(() => reader.read(Buffer.from([4])), { instanceOf: MessageTooLarge, message: /4 vs 3/ });
  t.is(new MessageReader(-1).read(framed(Buffer.alloc(100_000), false))[0]?.bytes.length, 100_000);
});

test('a message that comes byte by byte takes little more memory than its bytes', (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 251));
  const body = Buffer.concat([framed(bytes, false), framed(Buffer.from([7]), true)]);
  const reader = new MessageReader(-1);
  const before = heap();
  const read = [];
  for (let at = 0; at < bytes.length; at++) read.push(...reader.read(body.subarray(at, at + 1)));
  const perByte = (heap() - before) / bytes.length;
  t.true(perByte < 10, `${perByte.toFixed(1)} bytes of heap for each`);
  t.deepEqual(read, []);
  for (let at = bytes.length; at < body.length; at++) read.push(...reader.read(body.subarray(at, at + 1)));
  t.deepEqual(read, [
    { bytes, compressed: false },
    { bytes: Buffer.from([7]), compressed: true },
  ]);
});
