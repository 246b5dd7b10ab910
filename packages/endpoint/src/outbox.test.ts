import { setImmediate as turnEnd } from 'node:timers/promises';
import { LogError } from '@wherry/kafka';
import { decodeRecord, type Envelope, type Frame } from '@wherry/wire';
import test from 'ava';
import fc from 'fast-check';
import {
  defaultPacking,
  type Lane,
  Outbox,
  type OutboxObserver,
  type PackingLimits,
  type Parcel,
  pack,
} from './outbox.js';
import { Outgoing } from './outgoing.js';

interface Produced extends Envelope {
  readonly topic: string;
  readonly partition: number;
  readonly acknowledged: ((offset: number) => void) | undefined;
}

/** A log that keeps each record it is given, or throws `failure`. */
class FakeLog {
  readonly records: Produced[] = [];
  failure: Error | undefined;

  produce(
    topic: string,
    partition: number,
    key: Buffer,
    value: Buffer | null,
    acknowledged?: (offset: number) => void,
  ): void {
    if (this.failure !== undefined) throw this.failure;
    this.records.push({ topic, partition, acknowledged, ...decodeRecord(key, value) });
  }

  /** The sequences of the frames of each record. */
  get sequences(): number[][] {
    return this.records.map(({ frames }) => frames.map(({ sequence }) => sequence));
  }
}

const sender = { topic: 'inbox', partition: 3 };

function makeOutbox({ limits, ...observer }: { limits?: Partial<PackingLimits> } & OutboxObserver = {}) {
  const log = new FakeLog();
  return { log, outbox: new Outbox(log, { address: sender }, { ...defaultPacking, ...limits }, observer) };
}

function makeLane(topic: string, partitions = 1, shared = true): Lane {
  let next = 0;
  return { name: topic, topic, shared, nextPartition: () => next++ % partitions };
}

function makeParcel(sequence: number, bytes?: number): Parcel {
  const frame: Frame = { callId: 'sixteen bytes it', sequence };
  if (bytes !== undefined) frame.message = Buffer.alloc(bytes, sequence);
  return { frame, sealed: false };
}

/** The sizes of messages, packed; `undefined` is a frame without one. */
function packed(sizes: readonly (number | undefined)[], limits: PackingLimits): (number | undefined)[][] {
  const records = [
    ...pack(
      sizes.map((size, index) => makeParcel(index, size)),
      limits,
    ),
  ];
  return records.map((parcels) => parcels.map(({ frame }) => frame.message?.length));
}

test('frames are packed until a record has the maximum number of frames', (t) => {
  const limits = { maxFrames: 3, maxBytes: 1000 };
  t.deepEqual(packed([1, 2, 3, 4, 5, 6, 7], limits), [[1, 2, 3], [4, 5, 6], [7]]);
  t.deepEqual(packed([1, 2, 3], limits), [[1, 2, 3]]);
  t.deepEqual(packed([], limits), []);
});

test('messages are packed until a record has the maximum number of bytes', (t) => {
  const limits = { maxFrames: 100, maxBytes: 10 };
  t.deepEqual(packed([4, 6, 1, 9, 1], limits), [[4, 6], [1, 9], [1]]);
  t.deepEqual(packed([10, 10], limits), [[10], [10]]);
});

test('a message larger than the limit of a record travels alone', (t) => {
  const limits = { maxFrames: 100, maxBytes: 10 };
  t.deepEqual(packed([1, 11, 1], limits), [[1], [11], [1]]);
  t.deepEqual(packed([5000], limits), [[5000]]);
});

test('frames without a message count as frames, but not as bytes', (t) => {
  t.deepEqual(packed([10, undefined, undefined, 1], { maxFrames: 3, maxBytes: 10 }), [[10, undefined, undefined], [1]]);
});

test('packing loses, repeats and reorders no frame, and no record exceeds a limit', (t) => {
  const size = fc.option(fc.oneof(fc.nat(20), fc.nat(200)), { nil: undefined });
  const limit = fc.record({ maxFrames: fc.integer({ min: 1, max: 8 }), maxBytes: fc.integer({ min: 1, max: 100 }) });
  fc.assert(
    fc.property(fc.array(size, { maxLength: 60 }), limit, (sizes, limits) => {
      const parcels = sizes.map((bytes, index) => makeParcel(index, bytes));
      const records = [...pack(parcels, limits)];
      const bytesOf = (record: readonly Parcel[]) =>
        record.reduce((sum, { frame }) => sum + (frame.message?.length ?? 0), 0);
      const whole = records.flat();
      if (whole.length !== parcels.length || whole.some((parcel, index) => parcel !== parcels[index])) return false;
      return records.every(
        (record, index) =>
          record.length >= 1 &&
          record.length <= limits.maxFrames &&
          (record.length === 1 || bytesOf(record) <= limits.maxBytes) &&
          // No record is smaller than necessary: the next frame would not have fitted.
          (index + 1 === records.length ||
            record.length === limits.maxFrames ||
            bytesOf(record) + bytesOf(records[index + 1]?.slice(0, 1) ?? []) > limits.maxBytes),
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('a lone frame leaves at the end of its turn, in a record of its own', async (t) => {
  const { log, outbox } = makeOutbox();
  outbox.send(makeLane('requests'), makeParcel(0, 4));
  t.deepEqual(log.records, []);
  await turnEnd();
  t.like(log.records, [{ topic: 'requests', partition: 0, sender }]);
  t.deepEqual(log.sequences, [[0]]);
});

test('frames of one turn share a record, and frames of the next turn get another', async (t) => {
  const { log, outbox } = makeOutbox();
  const lane = makeLane('requests');
  for (const sequence of [0, 1, 2]) outbox.send(lane, makeParcel(sequence, 1));
  process.nextTick(() => outbox.send(lane, makeParcel(3, 1)));
  await Promise.resolve().then(() => outbox.send(lane, makeParcel(4, 1)));
  await turnEnd();
  outbox.send(lane, makeParcel(5, 1));
  await turnEnd();
  t.deepEqual(
    log.sequences.map((sequences) => sequences.toSorted()),
    [[0, 1, 2, 3, 4], [5]],
  );
});

test('frames for different lanes never share a record, and frames of one lane keep their order', async (t) => {
  const { log, outbox } = makeOutbox();
  const lanes = [makeLane('a'), makeLane('b')];
  for (const sequence of [0, 1, 2, 3, 4, 5]) outbox.send(lanes[sequence % 2] as Lane, makeParcel(sequence));
  await turnEnd();
  t.deepEqual(
    log.records.map(({ topic }) => topic),
    ['a', 'b'],
  );
  t.deepEqual(log.sequences, [
    [0, 2, 4],
    [1, 3, 5],
  ]);
});

test('lanes of the same name share records, even if they are different objects', async (t) => {
  const { log, outbox } = makeOutbox();
  outbox.send(makeLane('inbox'), makeParcel(0));
  outbox.send(makeLane('inbox'), makeParcel(1));
  await turnEnd();
  t.deepEqual(log.sequences, [[0, 1]]);
});

test('the frames of a large turn leave in several records, and each goes to the next partition', async (t) => {
  const { log, outbox } = makeOutbox({ limits: { maxFrames: 2 } });
  const lane = makeLane('requests', 3);
  for (const sequence of [0, 1, 2, 3, 4, 5, 6]) outbox.send(lane, makeParcel(sequence));
  await turnEnd();
  t.deepEqual(log.sequences, [[0, 1], [2, 3], [4, 5], [6]]);
  t.deepEqual(
    log.records.map(({ partition }) => partition),
    [0, 1, 2, 0],
  );
});

test('every parcel of a record is told the partition', async (t) => {
  const { outbox } = makeOutbox({ limits: { maxFrames: 2 } });
  const lane = makeLane('requests', 3);
  const places: [number, number][] = [];
  for (const sequence of [0, 1, 2]) {
    outbox.send(lane, { ...makeParcel(sequence), placed: (partition) => places.push([sequence, partition]) });
  }
  await turnEnd();
  t.deepEqual(places, [
    [0, 0],
    [1, 0],
    [2, 1],
  ]);
});

function partsOf(frame: Frame): string[] {
  return Object.entries(frame).flatMap(([name, part]) => (part === undefined ? [] : [name]));
}

test('parts are added to a frame until it is sealed, and not after that', async (t) => {
  const { log, outbox } = makeOutbox();
  const lane = makeLane('inbox');
  const outgoing = new Outgoing('sixteen bytes it', Number.POSITIVE_INFINITY, (parcel) => outbox.send(lane, parcel));
  outgoing.add({ headers: [] });
  outgoing.add({ message: Buffer.from('one') });
  await turnEnd();
  outgoing.add({ credit: 5 });
  outgoing.add({ status: { code: 0, message: '', trailers: [] } });
  await turnEnd();
  t.deepEqual(
    log.records.map(({ frames }) => frames.map((frame) => partsOf(frame).sort())),
    [[['callId', 'headers', 'message', 'sequence']], [['callId', 'credit', 'sequence', 'status']]],
  );
});

test('a parcel may change its frame when it is sealed, and not after that', async (t) => {
  const { log, outbox } = makeOutbox();
  const seen: boolean[] = [];
  const parcel: Parcel = {
    ...makeParcel(0),
    sealing: (frame) => {
      seen.push(parcel.sealed);
      frame.accept = true;
    },
  };
  outbox.send(makeLane('inbox'), parcel);
  t.false(parcel.sealed);
  await turnEnd();
  t.deepEqual(seen, [true]);
  t.true(log.records[0]?.frames[0]?.accept);
});

test('frames that are sent while records leave go with the next turn', async (t) => {
  const { log, outbox } = makeOutbox();
  const lane = makeLane('inbox');
  outbox.send(lane, { ...makeParcel(0), placed: () => outbox.send(lane, makeParcel(1)) });
  await turnEnd();
  t.deepEqual(log.sequences, [[0]]);
  await turnEnd();
  t.deepEqual(log.sequences, [[0], [1]]);
});

test('flush sends at once, and the end of the turn then sends nothing again', async (t) => {
  const { log, outbox } = makeOutbox();
  outbox.flush();
  outbox.send(makeLane('inbox'), makeParcel(0));
  outbox.flush();
  t.deepEqual(log.sequences, [[0]]);
  await turnEnd();
  t.deepEqual(log.sequences, [[0]]);
});

test('an acknowledgement reaches each parcel of its record, and is requested only if a parcel wants it', async (t) => {
  const { log, outbox } = makeOutbox();
  const acknowledged: number[] = [];
  const parcel = (sequence: number): Parcel => ({
    ...makeParcel(sequence),
    acknowledged: () => acknowledged.push(sequence),
  });
  for (const each of [parcel(0), makeParcel(1), parcel(2)]) outbox.send(makeLane('a'), each);
  outbox.send(makeLane('b'), makeParcel(3));
  await turnEnd();
  t.deepEqual(acknowledged, []);
  t.is(log.records[1]?.acknowledged, undefined);
  log.records[0]?.acknowledged?.(7);
  t.deepEqual(acknowledged, [0, 2]);
});

test('if a record is refused, its frames are sent one by one, and only the frame that caused it fails', async (t) => {
  const { log, outbox } = makeOutbox({ limits: { maxFrames: 2 } });
  const failures: [number, LogError][] = [];
  const placed: number[] = [];
  const parcel = (sequence: number): Parcel => ({
    ...makeParcel(sequence),
    failed: (error) => {
      failures.push([sequence, error]);
      log.failure = undefined;
    },
    placed: () => placed.push(sequence),
  });
  log.failure = Object.assign(new Error('too large'), { code: 10 });
  for (const sequence of [0, 1, 2]) outbox.send(makeLane('inbox'), parcel(sequence));
  await turnEnd();
  t.deepEqual(
    failures.map(([sequence]) => sequence),
    [0],
  );
  for (const [, error] of failures) {
    t.true(error instanceof LogError);
    t.like(error, { code: 10, status: 8 });
    t.regex(error.message, /inbox.*too large/);
  }
  t.deepEqual(placed, [1, 2]);
  t.deepEqual(log.sequences, [[1], [2]]);
});

test('an observer sees each record that left, and no other', async (t) => {
  const seen: [string, number, number, number][] = [];
  const { log, outbox } = makeOutbox({
    sent: (topic, partition, frames, bytes) => seen.push([topic, partition, frames.length, bytes]),
  });
  outbox.send(makeLane('a'), makeParcel(0, 5));
  outbox.send(makeLane('a'), makeParcel(1, 6));
  outbox.send(makeLane('b'), makeParcel(2));
  await turnEnd();
  log.failure = new Error('no');
  outbox.send(makeLane('c'), makeParcel(3));
  await turnEnd();
  t.deepEqual(seen, [
    ['a', 0, 2, 11],
    ['b', 0, 1, 0],
  ]);
});

test('a record names the address that its sender has when the record leaves', async (t) => {
  const log = new FakeLog();
  const inbox = { address: { topic: 'old', partition: 0 } };
  const outbox = new Outbox(log, inbox, defaultPacking);
  outbox.send(makeLane('a'), makeParcel(0));
  inbox.address = { topic: 'new', partition: 0 };
  await turnEnd();
  t.deepEqual(log.records[0]?.sender, inbox.address);
});

test('only records that are distributed among readers are limited to few frames', async (t) => {
  const { log, outbox } = makeOutbox({ limits: { maxFrames: 4 } });
  for (let sequence = 0; sequence < 10; sequence++) {
    outbox.send(makeLane('requests', 3), makeParcel(sequence));
    outbox.send(makeLane('an inbox', 1, false), makeParcel(sequence));
  }
  outbox.flush();
  const sizes = (topic: string) =>
    log.records.filter((record) => record.topic === topic).map(({ frames }) => frames.length);
  t.deepEqual(sizes('requests'), [4, 4, 2]);
  t.deepEqual(sizes('an inbox'), [10]);
});

test('records wait in order for room in the client library, and later records wait behind them', async (t) => {
  const over = signal();
  const { log, outbox } = makeOutbox({
    limits: { maxFrames: 1 },
    sent: () => {
      if (log.records.length === 4) over.resolve();
    },
  });
  const lane = makeLane('requests', 2);
  const places: [number, number][] = [];
  const failed: LogError[] = [];
  const parcel = (sequence: number): Parcel => ({
    ...makeParcel(sequence, 10),
    placed: (partition) => places.push([sequence, partition]),
    failed: (error) => failed.push(error),
  });
  log.failure = Object.assign(new Error('Local: Queue full'), { code: -184 });
  outbox.send(lane, parcel(0));
  outbox.send(lane, parcel(1));
  await turnEnd();
  t.deepEqual(places, [
    [0, 0],
    [1, 1],
  ]);
  // The queue has room again, but other records were first.
  log.failure = undefined;
  outbox.send(lane, parcel(2));
  outbox.send(makeLane('inbox'), parcel(3));
  // Within this turn, no timer can have sent the waiting records.
  outbox.flush();
  t.deepEqual(log.sequences, []);
  await over.promise;
  t.deepEqual(log.sequences, [[0], [1], [2], [3]]);
  t.deepEqual(
    log.records.map(({ partition }) => partition),
    [0, 1, 0, 0],
  );
  t.deepEqual(failed, []);
});

test('closing an outbox sends the records for which there is room in time, and then stops trying', async (t) => {
  const { log, outbox } = makeOutbox();
  log.failure = queueFull();
  outbox.send(makeLane('requests'), makeParcel(0));
  await turnEnd();
  outbox.send(makeLane('requests'), makeParcel(1));
  const closed = outbox.close(10_000);
  log.failure = undefined;
  await closed;
  t.deepEqual(log.sequences, [[0], [1]]);
  log.failure = queueFull();
  outbox.send(makeLane('requests'), makeParcel(2));
  await outbox.close(1);
  log.failure = undefined;
  await outbox.close(1);
  t.deepEqual(log.sequences, [[0], [1]]);
});

test('the bytes that wait for room are bounded, and a frame beyond the bound fails', async (t) => {
  const { log, outbox } = makeOutbox();
  log.failure = queueFull();
  const failed: (LogError | undefined)[] = [];
  const megabytes = Buffer.alloc(10_000_000);
  for (let number = 0; number < 32; number++) {
    const parcel = makeParcel(number);
    parcel.frame.message = megabytes;
    outbox.send(makeLane('requests'), {
      ...parcel,
      failed: (error) => {
        failed[number] = error;
      },
    });
  }
  await turnEnd();
  t.deepEqual(
    Array.from({ length: 32 }, (_, number) => failed[number]?.status),
    Array.from({ length: 32 }, (_, number) => (number < 27 ? undefined : 8)),
  );
  log.failure = undefined;
  await outbox.close(10_000);
  t.is(log.records.length, 27);
});

function queueFull(): Error {
  return Object.assign(new Error('Local: Queue full'), { code: -184 });
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
