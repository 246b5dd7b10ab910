import test from 'ava';
import { decodeRecord, encodeRecord, type Frame, type Opening, type WireStatus } from './index.js';
import { decodeBySchema } from './schema.test.helpers.js';

const callId = 'sixteen bytes it';
const sender = { topic: 'inbox', partition: 0 };
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The frame that a reader gets. */
function crossed(frame: Omit<Frame, 'sequence'>): Frame {
  const { key, value } = encodeRecord({ sender, frames: [{ sequence: 0, ...frame }] });
  return decodeRecord(key, value).frames[0] as Frame;
}

const ended = (status: Partial<WireStatus>): WireStatus | undefined =>
  crossed({ callId, status: { code: 0, message: '', trailers: [], ...status } }).status;
const opened = (open: Partial<Opening>): Opening | undefined =>
  crossed({ callId, open: { method: '/s/m', metadata: [], ...open } }).open;

test('a record of one message has exactly that message as its value, without a copy', (t) => {
  const message = Buffer.from('message');
  t.is(encodeRecord({ sender, frames: [{ callId, sequence: 0, message }] }).value, message);
});

test('a record without a message has no value, and a record with an empty message has an empty value', (t) => {
  const value = (message?: Uint8Array) => encodeRecord({ sender, frames: [{ callId, sequence: 0, message }] }).value;
  t.is(value(), null);
  t.deepEqual(value(new Uint8Array()), Buffer.alloc(0));
});

test('a method that several openings call is written once', (t) => {
  const methods = ['/s/a', '/s/b', '/s/a', '/s/b', '/s/c'];
  const frames = methods.map((method, index) => ({ callId, sequence: index, open: { method, metadata: [] } }));
  const { key, value } = encodeRecord({ sender, frames });
  t.deepEqual(decodeBySchema(key).methods, ['/s/a', '/s/b', '/s/c']);
  t.deepEqual(
    decodeRecord(key, value).frames.map(({ open }) => open?.method),
    methods,
  );
});

test('a status code that gRPC does not know is written as UNKNOWN, so that the record can be read', (t) => {
  for (const code of [17, 999, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    t.is(ended({ code })?.code, 2, `${code}`);
  for (let code = 0; code <= 16; code++) t.is(ended({ code })?.code, code);
});

test('half a surrogate pair is written as UTF-8 that every language reads', (t) => {
  const text = 'a\ud83d';
  t.is(ended({ message: text })?.message, 'a\ufffd');
  t.is(opened({ method: `/s/${text}`, authority: text })?.method, '/s/a\ufffd');
  const { key } = encodeRecord({
    sender,
    frames: [{ callId: 'sixteen bytes it', sequence: 0, status: { code: 2, message: text, trailers: [] } }],
  });
  t.notThrows(() => utf8.decode(key.subarray(-4)));
});

test('a deadline is written as whole milliseconds, and never as 0', (t) => {
  t.is(opened({ deadline: 1767225600000.75 })?.deadline, 1767225600000);
  t.is(opened({ deadline: 0.5 })?.deadline, 1);
  t.is(opened({ deadline: 0 })?.deadline, 1);
  t.is(opened({ deadline: -5 })?.deadline, 1);
  t.is(opened({ deadline: 1e20 })?.deadline, Number.MAX_SAFE_INTEGER);
  t.is(opened({ deadline: undefined })?.deadline, undefined);
});

test('fields that are false or 0 are not written', (t) => {
  const { key } = encodeRecord({
    sender,
    frames: [{ callId, sequence: 0, accept: false, halfClose: false, cancel: false, credit: 0 }],
  });
  t.deepEqual(decodeBySchema(key).frames, [{ callId: Buffer.from(callId) }]);
});
