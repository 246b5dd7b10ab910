import { Metadata } from '@grpc/grpc-js';
import test from 'ava';
import fc from 'fast-check';
import { ExactMetadata, percentDecoded, percentEncoded, wellFormed } from './exact-metadata.js';

test('values keep their order, bytes are unpadded base64', (t) => {
  const metadata = new Metadata();
  for (const value of ['b', 'a, c', '']) metadata.add('word', value);
  for (const bytes of [[], [1], [1, 2], [1, 2, 3]]) metadata.add('byte-bin', Buffer.from(bytes));
  t.deepEqual(ExactMetadata.from(metadata).toHttp2Headers(), {
    word: ['b', 'a, c', ''],
    'byte-bin': ['', 'AQ', 'AQI', 'AQID'],
  });
});

test('a copy is independent, and keeps its options', (t) => {
  const metadata = new ExactMetadata({ waitForReady: true });
  metadata.set('a', 'b');
  const copy = metadata.clone();
  metadata.set('a', 'c');
  t.deepEqual(copy.getOptions(), { waitForReady: true });
  t.deepEqual(copy.toHttp2Headers(), { a: 'b' });
});

test('what belongs to one hop is not forwarded', (t) => {
  const metadata = new Metadata();
  for (const key of ['te', 'grpc-timeout', 'grpc-status', 'content-length', 'kept', 'grpc-previous-rpc-attempts']) {
    metadata.set(key, '1');
  }
  t.deepEqual(ExactMetadata.forwarded(metadata).toHttp2Headers(), { kept: '1', 'grpc-previous-rpc-attempts': '1' });
});

test('any text survives grpc-message, but for halves of surrogate pairs, and is printable there', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
      const line = percentEncoded(text);
      return /^(?! )[\x20-\x7e]*(?<! )$/.test(line) && percentDecoded(line) === wellFormed(text);
    }),
  );
  t.is(percentEncoded('\ud83d'), '%EF%BF%BD');
  // Spaces within cost no more than their number, or whoever writes an error's text could keep a gateway busy for minutes.
  const spaces = ' '.repeat(1_000_000);
  t.is(percentEncoded(`a${spaces}b`), `a${spaces}b`);
  t.is(percentEncoded(' a '), '%20a%20');
  t.is(percentEncoded('   '), '%20%20%20');
  t.is(percentDecoded('%zz'), '%zz');
});
