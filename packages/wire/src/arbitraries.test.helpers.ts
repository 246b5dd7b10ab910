import fc from 'fast-check';
import type { Envelope, Frame, MetadataEntry, Notice, Opening, WireStatus } from './index.js';

/** Random legal envelopes for property tests. */

export const callId: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));

const topic = fc.stringMatching(/^[a-zA-Z0-9_-]{1,60}$/);
const uint32 = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const positive = uint32.map((value) => value || 1);
const flag = fc.constant(true);
const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 60 }));

const namePart = fc
  .oneof(fc.constantFrom('a.B', 'C', 'constructor'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }))
  .map((name) => name.replaceAll('/', '|'));
export const method: fc.Arbitrary<string> = fc
  .tuple(namePart, namePart)
  .map(([service, name]) => `/${service}/${name}`);

const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'x', '1', 'a.b-c_d'),
  fc.stringMatching(/^[0-9a-z_.-]{1,20}$/).filter((name) => !name.endsWith('-bin')),
);
const printable = fc.stringMatching(/^[\x20-\x7e]{0,60}$/);
export const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 200 });

export const entry: fc.Arbitrary<MetadataEntry> = fc.oneof(
  fc.tuple(key, printable),
  fc.tuple(
    key.map((name) => `${name}-bin`),
    bytes,
  ),
);
const entries = fc.array(entry, { maxLength: 4 });

const opening: fc.Arbitrary<Opening> = fc.record(
  {
    method,
    metadata: entries,
    deadline: fc.oneof(
      fc.integer({ min: 1, max: 5 }),
      fc.maxSafeNat().map((value) => value || 1),
    ),
    authority: text.filter((authority) => authority !== ''),
    waitForReady: fc.boolean(),
  },
  { requiredKeys: ['method', 'metadata'] },
);

const status: fc.Arbitrary<WireStatus> = fc.record({
  code: fc.integer({ min: 0, max: 16 }),
  message: text,
  trailers: entries,
});

const callFrame: fc.Arbitrary<Frame> = fc.record(
  {
    callId,
    sequence: uint32,
    open: opening,
    accept: flag,
    headers: entries,
    message: bytes,
    halfClose: flag,
    cancel: flag,
    status,
    credit: positive,
  },
  { requiredKeys: ['callId', 'sequence'] },
);
/** A frame with a legal part: it lies within its message, has bytes, and is not on an opening. */
const partFrame: fc.Arbitrary<Frame> = fc
  .tuple(callFrame, fc.uint8Array({ minLength: 1, maxLength: 200 }), uint32, fc.nat(1000), positive)
  .map(([{ open: _, ...frame }, message, offset, rest, checksum]) => {
    const begin = Math.min(offset, 2 ** 31);
    const total = begin + message.length + rest;
    return { ...frame, message, part: rest === 0 ? { offset: begin, total, checksum } : { offset: begin, total } };
  });
const notice: fc.Arbitrary<Notice> = fc.oneof(
  fc.record({ kind: fc.constant('lease' as const), leaseMs: positive, echo: uint32 }),
  fc.record({ kind: fc.constant('begun' as const), callId, context: entries }),
);

export const envelope: fc.Arbitrary<Envelope> = fc
  .record({
    sender: fc.record(
      {
        topic,
        partition: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 31 - 1 })),
        instance: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      },
      { requiredKeys: ['topic', 'partition'] },
    ),
    frames: fc.array(fc.oneof({ weight: 5, arbitrary: callFrame }, { weight: 1, arbitrary: partFrame }), {
      maxLength: 6,
    }),
    notices: fc.array(notice, { maxLength: 3 }),
  })
  .filter(({ frames, notices }) => frames.length + notices.length > 0);
