import assert from 'node:assert/strict';
import { Metadata } from '@grpc/grpc-js';
import test from 'ava';
import fc from 'fast-check';
import { entry } from './arbitraries.test.helpers.js';
import { addEntries, decodeRecord, encodeRecord, type MetadataEntries, metadataToEntries } from './index.js';

function metadataOf(...pairs: readonly (readonly [string, string | Buffer])[]): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of pairs) metadata.add(key, value);
  return metadata;
}

/** The metadata that the other side gets. */
function crossed(metadata: Metadata): Metadata {
  const headers = metadataToEntries(metadata);
  const frames = [{ callId: 'sixteen bytes it', sequence: 0, headers }];
  const { key, value } = encodeRecord({ sender: { topic: 'inbox', partition: 0 }, frames });
  return addEntries(new Metadata(), decodeRecord(key, value).frames[0]?.headers ?? []);
}

test('every value of a key travels, in order', (t) => {
  const metadata = metadataOf(['a', '1'], ['b', 'x'], ['a', '2, 3'], ['a', '']);
  t.deepEqual(metadataToEntries(metadata), [
    ['a', '1'],
    ['a', '2, 3'],
    ['a', ''],
    ['b', 'x'],
  ]);
  t.deepEqual(crossed(metadata).get('a'), ['1', '2, 3', '']);
});

test('keys travel in lower case', (t) => {
  t.deepEqual(metadataToEntries(metadataOf(['X-Request-ID', '1'])), [['x-request-id', '1']]);
});

test('binary values travel as bytes, whatever they are', (t) => {
  const bytes = Buffer.from([0, 1, 0x80, 0xff, 10, 44]);
  const metadata = crossed(metadataOf(['k-bin', bytes], ['k-bin', Buffer.alloc(0)]));
  t.deepEqual(metadata.get('k-bin'), [bytes, Buffer.alloc(0)]);
  t.true(Buffer.isBuffer(metadata.get('k-bin')[0]));
});

test('bytes that are a view of a larger buffer arrive as the bytes of the view', (t) => {
  const memory = new Uint8Array([9, 9, 1, 2, 9]);
  const metadata = addEntries(new Metadata(), [['k-bin', memory.subarray(2, 4)]]);
  t.deepEqual(metadata.get('k-bin'), [Buffer.from([1, 2])]);
});

test('empty metadata is no entries', (t) => {
  t.deepEqual(metadataToEntries(new Metadata()), []);
  t.deepEqual(addEntries(new Metadata(), []).getMap(), {});
});

test('entries are added to what metadata has, and the metadata is returned', (t) => {
  const metadata = metadataOf(['a', '1']);
  t.is(addEntries(metadata, [['a', '2']]), metadata);
  t.deepEqual(metadata.get('a'), ['1', '2']);
});

test('a key with a colon, which grpc-js allows and gRPC does not, is left out', (t) => {
  t.deepEqual(crossed(metadataOf([':path', '/'], ['a:b', 'x'], ['a', '1'])).getMap(), { a: '1' });
});

test('keys that are properties of every object travel like others', (t) => {
  const metadata = crossed(metadataOf(['constructor', '1'], ['tostring', '2'], ['hasownproperty', '3']));
  t.deepEqual(metadata.get('constructor'), ['1']);
  t.deepEqual(metadata.get('tostring'), ['2']);
  t.deepEqual(metadata.get('hasownproperty'), ['3']);
});

test('a received key __proto__ is a key like others, and changes no prototype', (t) => {
  const metadata = addEntries(new Metadata(), [['__proto__', 'x']]);
  t.deepEqual(metadata.get('__proto__'), ['x']);
  t.is(Object.getPrototypeOf(metadata.getMap()), Object.prototype);
  // grpc-js's own getMap loses this key, as it does on HTTP/2.
  t.deepEqual(metadataToEntries(metadata), []);
});

test('grpc-js accepts all metadata that a reader accepts, and returns it unchanged', (t) => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), (entries: MetadataEntries) => {
      const metadata = addEntries(new Metadata(), entries);
      for (const [key] of entries) {
        const values = entries.filter(([other]) => other === key).map(([, value]) => value);
        assert.deepEqual(
          metadata.get(key).map(String),
          values.map((value) => String(typeof value === 'string' ? value : Buffer.from(value))),
        );
        if (key !== '__proto__') assert.deepEqual(crossed(metadata).get(key), metadata.get(key));
      }
    }),
    { numRuns: 1000 },
  );
  t.pass();
});
