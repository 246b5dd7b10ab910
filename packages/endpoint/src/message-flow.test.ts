import assert from 'node:assert/strict';
import type { Frame } from '@wherry/wire';
import test from 'ava';
import fc from 'fast-check';
import { INITIAL_WINDOW } from './flow-window.js';
import { Incoming } from './incoming.js';
import { PART_BYTES } from './message-parts.js';
import type { Parcel } from './outbox.js';
import { type FrameParts, Outgoing } from './outgoing.js';

/** The bytes of the window that a message takes beyond its own (docs/wire-format.md). */
const OVERHEAD = 32;
const cost = (message: Uint8Array): number => message.length + OVERHEAD;

const ok = { code: 0, message: '', trailers: [] };

/** An Outgoing, and the frames it made. */
function makeOutgoing(maxWhole = Number.POSITIVE_INFINITY) {
  const parcels: Parcel[] = [];
  const outgoing = new Outgoing('id', maxWhole, (parcel) => parcels.push(parcel));
  return {
    outgoing,
    parcels,
    /** Seals the frames made so far: nothing is added to them any more. */
    seal: () => {
      for (const parcel of parcels) parcel.sealed = true;
    },
    /** The contents of each frame, without its call and number. A message is shown as its text, or as `#` and its length. */
    get shown() {
      return parcels.map(({ frame: { callId: _, sequence: __, message, ...rest } }) => ({
        ...Object.fromEntries(Object.entries(rest).filter(([, part]) => part !== undefined)),
        ...(message !== undefined && { message: message.length > 20 ? `#${message.length}` : `${message}` }),
      }));
    },
  };
}

const bytes = (text: string): Buffer => Buffer.from(text);
/** A message that takes this many bytes of the window. */
const costing = (size: number): Buffer => Buffer.alloc(size - OVERHEAD);

test('parts of one turn share a frame: headers, message and status', (t) => {
  const flow = makeOutgoing();
  flow.outgoing.add({ headers: [] });
  flow.outgoing.write(bytes('hi'));
  flow.outgoing.end({ status: ok });
  t.deepEqual(flow.shown, [{ headers: [], message: 'hi', status: ok }]);
});

test('parts of different turns go in different frames, numbered from 0', (t) => {
  const flow = makeOutgoing();
  flow.outgoing.add({ headers: [] });
  flow.seal();
  flow.outgoing.write(bytes('hi'));
  flow.seal();
  flow.outgoing.end({ halfClose: true });
  t.deepEqual(flow.shown, [{ headers: [] }, { message: 'hi' }, { halfClose: true }]);
  t.deepEqual(
    flow.parcels.map(({ frame }) => [frame.callId, frame.sequence]),
    [
      ['id', 0],
      ['id', 1],
      ['id', 2],
    ],
  );
});

test('a frame has at most one message, and parts keep the order in which they were added', (t) => {
  const flow = makeOutgoing();
  flow.outgoing.write(bytes('one'));
  flow.outgoing.write(bytes('two'));
  flow.outgoing.add({ headers: [] });
  flow.outgoing.write(bytes('three'));
  flow.outgoing.add({ accept: true });
  t.deepEqual(flow.shown, [
    { message: 'one' },
    { message: 'two' },
    { headers: [], message: 'three' },
    { accept: true },
  ]);
});

test('a message that need not wait is sent when it is offered, and takes its cost from the window', (t) => {
  const flow = makeOutgoing();
  t.true(flow.outgoing.offer(costing(INITIAL_WINDOW - 1)));
  t.true(flow.outgoing.offer(bytes('one')));
  t.false(flow.outgoing.offer(bytes('two')), 'the window is full');
  flow.outgoing.write(bytes('two'));
  t.is(flow.parcels.length, 2);
  flow.outgoing.grant(1);
  t.false(flow.outgoing.offer(bytes('three')), 'another waits');
  flow.outgoing.grant(INITIAL_WINDOW);
  t.true(flow.outgoing.offer(bytes('three')));
  t.deepEqual(
    flow.parcels.slice(1).map(({ frame }) => `${frame.message}`),
    ['one', 'two', 'three'],
  );
});

test('an offered message is not taken if the other side is not known, or if it does not fit a record', (t) => {
  const flow = makeOutgoing(10);
  t.false(flow.outgoing.offer(Buffer.alloc(11)));
  flow.outgoing.hold();
  t.false(flow.outgoing.offer(bytes('one')));
  flow.outgoing.release();
  t.true(flow.outgoing.offer(bytes('one')));
  t.deepEqual(flow.shown, [{ message: 'one' }]);
});

test('credit goes with a message that was sent before it', (t) => {
  const flow = makeOutgoing();
  flow.outgoing.write(bytes('one'));
  flow.outgoing.add({ credit: 7 });
  t.deepEqual(flow.shown, [{ message: 'one', credit: 7 }]);
});

for (const end of [{ halfClose: true }, { status: ok }, { cancel: true }] satisfies FrameParts[]) {
  test(`nothing is added to a frame after its ${Object.keys(end)}`, (t) => {
    const flow = makeOutgoing();
    flow.outgoing.add(end);
    flow.outgoing.add({ credit: 1 });
    t.deepEqual(flow.shown, [end, { credit: 1 }]);
  });
}

test('messages are sent while there is credit, and each costs its length and 32 bytes', (t) => {
  const flow = makeOutgoing();
  const sent: number[] = [];
  const write = (size: number): void => flow.outgoing.write(costing(size), () => sent.push(size));
  write(INITIAL_WINDOW - 1);
  t.deepEqual(sent, [INITIAL_WINDOW - 1]);
  write(100); // one byte of credit is enough
  t.deepEqual(sent, [INITIAL_WINDOW - 1, 100]);
  write(101);
  t.is(sent.length, 2);
  t.is(flow.parcels.length, 2);
  flow.outgoing.grant(99);
  t.is(sent.length, 2, 'credit of 0 is none');
  flow.outgoing.grant(1);
  t.deepEqual(sent, [INITIAL_WINDOW - 1, 100, 101]);
});

test('empty messages are bounded too', (t) => {
  const flow = makeOutgoing();
  for (let index = 0; index < 10_000; index++) flow.outgoing.write(bytes(''));
  t.is(flow.parcels.length, INITIAL_WINDOW / OVERHEAD);
});

test('a message larger than the window is sent, and the next waits until all of it is granted', (t) => {
  const flow = makeOutgoing();
  flow.outgoing.write(costing(3 * INITIAL_WINDOW));
  flow.outgoing.write(bytes('next'));
  t.is(flow.parcels.length, 1);
  flow.outgoing.grant(2 * INITIAL_WINDOW);
  t.is(flow.parcels.length, 1);
  flow.outgoing.grant(1);
  t.is(flow.parcels.length, 2);
});

test('a reader that grants more than it has taken gets no larger window', (t) => {
  const flow = makeOutgoing();
  for (let count = 0; count < 10; count++) flow.outgoing.grant(2 ** 32 - 1);
  for (let count = 0; count < 10; count++) flow.outgoing.write(costing(INITIAL_WINDOW / 2));
  t.is(flow.parcels.length, 2);
  flow.outgoing.grant(2 ** 32 - 1);
  t.is(flow.parcels.length, 4);
});

test('the end waits for every message, and needs no credit of its own', (t) => {
  const flow = makeOutgoing();
  const events: string[] = [];
  flow.outgoing.write(costing(INITIAL_WINDOW), () => events.push('first'));
  flow.outgoing.write(bytes('last'), () => events.push('last'));
  flow.outgoing.end({ halfClose: true }, () => events.push('end'));
  t.deepEqual(events, ['first']);
  flow.outgoing.grant(1);
  t.deepEqual(events, ['first', 'last', 'end']);
  t.deepEqual(flow.shown.at(-1), { message: 'last', halfClose: true });
});

test('messages stay in order if the writer writes from within its callback', (t) => {
  const flow = makeOutgoing();
  let next = 0;
  const writeNext = (): void => {
    if (next < 5) flow.outgoing.write(bytes(`${next++}`), writeNext);
    else flow.outgoing.end({ status: ok });
  };
  writeNext();
  t.deepEqual(flow.shown, [
    { message: '0' },
    { message: '1' },
    { message: '2' },
    { message: '3' },
    { message: '4', status: ok },
  ]);
});

test('a held direction sends only the parts that fit into the frame that is being made', (t) => {
  const flow = makeOutgoing();
  flow.outgoing.hold();
  flow.outgoing.write(bytes('one'));
  t.deepEqual(flow.shown, []);
  flow.outgoing.add({ open: { method: '/s/m', metadata: [] } });
  flow.outgoing.pump();
  flow.outgoing.write(bytes('two'));
  flow.outgoing.end({ halfClose: true });
  const opening = { open: { method: '/s/m', metadata: [] }, message: 'one' };
  t.deepEqual(flow.shown, [opening]);
  flow.outgoing.release();
  t.deepEqual(flow.shown, [opening, { message: 'two', halfClose: true }]);
});

test('in a held direction the end of a request joins its opening and its one message', (t) => {
  const flow = makeOutgoing();
  flow.outgoing.hold();
  flow.outgoing.write(bytes('one'));
  flow.outgoing.end({ halfClose: true });
  flow.outgoing.add({ open: { method: '/s/m', metadata: [] } });
  flow.outgoing.pump();
  t.deepEqual(flow.shown, [{ open: { method: '/s/m', metadata: [] }, message: 'one', halfClose: true }]);
});

test('a direction that is held after its opening has left sends nothing, whatever is granted', (t) => {
  const flow = makeOutgoing();
  flow.outgoing.hold();
  flow.outgoing.add({ open: { method: '/s/m', metadata: [] } });
  flow.seal();
  flow.outgoing.write(bytes('one'));
  flow.outgoing.grant(1000);
  t.is(flow.parcels.length, 1);
  flow.outgoing.release();
  t.deepEqual(flow.shown[1], { message: 'one' });
  t.is(flow.parcels[1]?.frame.sequence, 1);
});

test('an abandoned direction drops the messages that were not sent, and lets their writers go on', (t) => {
  const flow = makeOutgoing();
  const events: string[] = [];
  flow.outgoing.write(costing(INITIAL_WINDOW));
  flow.seal();
  flow.outgoing.write(bytes('one'), () => events.push('one'));
  flow.outgoing.write(bytes('two'), () => events.push('two'));
  flow.outgoing.end({ halfClose: true }, () => events.push('end'));
  flow.outgoing.abandon();
  t.deepEqual(events, ['one', 'two']);
  flow.outgoing.grant(10 * INITIAL_WINDOW);
  t.is(flow.parcels.length, 1);
  flow.outgoing.add({ cancel: true });
  t.deepEqual(flow.shown[1], { cancel: true });
});

test('a frame is the next one, a repeated one, or one after a gap', (t) => {
  const incoming = new Incoming('request', -1, () => undefined);
  const check = (sequence: number): string => {
    if (incoming.repeats({ callId: 'id', sequence })) return 'repeated';
    return incoming.receive({ callId: 'id', sequence }) === undefined ? 'next' : 'gap';
  };
  t.is(check(1), 'gap');
  t.is(check(0), 'next');
  t.is(check(0), 'repeated');
  t.is(check(2), 'gap');
  t.is(check(1), 'next');
  t.is(check(2), 'next');
  t.is(check(0), 'repeated');
  t.is(check(2 ** 31), 'gap');
  t.is(check(2 ** 32 - 1), 'repeated');
});

test('messages are taken in the order they came', (t) => {
  const incoming = new Incoming('request', -1, () => undefined);
  t.true(incoming.empty);
  t.is(incoming.take(), undefined);
  const messages = ['a', '', 'c'].map(bytes);
  for (const message of messages) incoming.push(message);
  t.false(incoming.empty);
  t.deepEqual([incoming.take(), incoming.take(), incoming.take(), incoming.take()], [...messages, undefined]);
  t.true(incoming.empty);
});

test('room is granted when half the window was taken, for everything that was taken', (t) => {
  const grants: number[] = [];
  const incoming = new Incoming('request', -1, (credit) => grants.push(credit));
  const half = INITIAL_WINDOW / 2;
  for (const size of [half - 1, 32, half, 40]) incoming.push(costing(size));
  incoming.take();
  t.deepEqual(grants, []);
  incoming.take();
  t.deepEqual(grants, [half + 31]);
  incoming.take();
  t.deepEqual(grants, [half + 31, half]);
  incoming.take();
  t.is(grants.length, 2);
});

test('messages that are cleared are not delivered, and grant nothing', (t) => {
  const grants: number[] = [];
  const incoming = new Incoming('request', -1, (credit) => grants.push(credit));
  incoming.push(costing(INITIAL_WINDOW));
  incoming.clear();
  t.true(incoming.empty);
  t.is(incoming.take(), undefined);
  t.deepEqual(grants, []);
});

/**
 * One direction of a call: messages that are written at one end come out at the other. Frames wait until a turn of the writer
 * ends. Grants wait until they are carried back.
 */
class Direction {
  readonly outgoing: Outgoing;
  readonly incoming = new Incoming('request', -1, (credit) => this.grants.push(credit));
  readonly made: Parcel[] = [];
  readonly grants: number[] = [];
  readonly written: Buffer[] = [];
  readonly arrived: Uint8Array[] = [];
  unread = 0;
  mostUnread = 0;
  ended = false;

  constructor() {
    this.outgoing = new Outgoing('id', Number.POSITIVE_INFINITY, (parcel) => this.made.push(parcel));
  }

  write(size: number): void {
    const message = memory.subarray(0, size);
    this.written.push(message);
    this.outgoing.write(message);
  }

  /** The writer's turn ends: the frames it made are sealed, and read at the other end. */
  endTurn(): void {
    for (const parcel of this.made.splice(0)) {
      parcel.sealed = true;
      assert(!this.ended, 'a frame came behind the end');
      assert(!this.incoming.repeats(parcel.frame));
      assert.equal(this.incoming.receive(parcel.frame), undefined);
      assert(this.incoming.repeats(parcel.frame));
      const { message, halfClose } = parcel.frame;
      if (message !== undefined) {
        this.unread += cost(message);
        this.mostUnread = Math.max(this.mostUnread, this.unread);
      }
      if (halfClose) this.ended = true;
    }
  }

  read(many: number): void {
    for (let count = 0; count < many; count++) {
      const message = this.incoming.take();
      if (message === undefined) return;
      this.unread -= cost(message);
      this.arrived.push(message);
    }
  }

  carryGrants(many = this.grants.length): void {
    for (const credit of this.grants.splice(0, many)) this.outgoing.grant(credit);
  }

  hold(held: boolean): void {
    if (held) this.outgoing.hold();
    else this.outgoing.release();
  }

  /** Reads until no frame and no grant moves any more. */
  settle(): void {
    let before: number;
    do {
      before = this.arrived.length;
      this.carryGrants();
      this.endTurn();
      this.read(Number.POSITIVE_INFINITY);
    } while (this.arrived.length > before || this.grants.length > 0);
  }
}

const memory = Buffer.alloc(4 * INITIAL_WINDOW);

type Step = readonly [act: 'write' | 'writeEmpty' | 'endTurn' | 'read' | 'carryGrants' | 'hold', much: number];
const acts: Record<Step[0], (flow: Direction, much: number) => void> = {
  write: (flow, size) => flow.write(size),
  writeEmpty: (flow, many) => Array.from({ length: many }, () => flow.write(0)),
  endTurn: (flow) => flow.endTurn(),
  read: (flow, many) => flow.read(many),
  carryGrants: (flow, many) => flow.carryGrants(many),
  hold: (flow, held) => flow.hold(held === 1),
};
const stepOf = (act: Step[0], ...much: fc.Arbitrary<number>[]): fc.Arbitrary<Step> =>
  fc.tuple(fc.constant(act), fc.oneof(...much));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: stepOf('write', fc.nat(100), fc.nat(INITIAL_WINDOW / 4), fc.nat(4 * INITIAL_WINDOW)) },
  { weight: 2, arbitrary: stepOf('writeEmpty', fc.nat(2000)) },
  { weight: 3, arbitrary: stepOf('endTurn', fc.constant(0)) },
  { weight: 3, arbitrary: stepOf('read', fc.integer({ min: 1, max: 1000 })) },
  { weight: 2, arbitrary: stepOf('carryGrants', fc.integer({ min: 1, max: 3 })) },
);
const holding = stepOf('hold', fc.constantFrom(0, 1));

function run(steps: readonly Step[]): Direction {
  const flow = new Direction();
  for (const [act, much] of steps) acts[act](flow, much);
  return flow;
}

test('for any interleaving of writes, turns, reads and grants each message arrives once, in order', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const flow = run(steps);
      flow.outgoing.end({ halfClose: true });
      flow.settle();
      assert(flow.ended, 'the end did not arrive');
      assert.equal(flow.arrived.length, flow.written.length);
      assert(flow.arrived.every((message, index) => message === flow.written[index]));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('for any interleaving the unread messages are bounded by the window and one message', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const flow = run(steps);
      flow.endTurn();
      const largest = Math.max(0, ...flow.written.map(cost));
      assert(flow.mostUnread < INITIAL_WINDOW + largest, `${flow.mostUnread} bytes were unread`);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('no message is lost or out of order if a direction is held and released at any time', (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(step, holding), { maxLength: 60 }), (steps) => {
      const flow = run(steps);
      flow.outgoing.end({ halfClose: true });
      flow.outgoing.release();
      flow.settle();
      assert(flow.ended);
      assert.deepEqual(flow.arrived.map(cost), flow.written.map(cost));
    }),
    { numRuns: 300 },
  );
  t.pass();
});

/** A reader whose grants travel as frames of the opposite direction, as they do in a call. */
function makeCall() {
  const back = makeOutgoing();
  const incoming = new Incoming('request', -1, (credit) => back.outgoing.add({ credit }));
  /** The credit that reached the writer. */
  const granted = (): number => back.parcels.reduce((sum, { frame }) => sum + (frame.credit ?? 0), 0);
  return { incoming, granted, back };
}

test('room that is granted in different turns all reaches the writer', (t) => {
  const { incoming, granted, back } = makeCall();
  for (let count = 0; count < 2; count++) {
    incoming.push(costing(INITIAL_WINDOW / 2 + 1000));
    incoming.take();
    back.seal();
  }
  t.is(granted(), INITIAL_WINDOW + 2000);
});

test('room that is granted twice in one turn all reaches the writer', (t) => {
  const { incoming, granted } = makeCall();
  for (let count = 0; count < 2; count++) incoming.push(costing(INITIAL_WINDOW / 2 + 1000));
  incoming.take();
  incoming.take();
  t.is(granted(), INITIAL_WINDOW + 2000);
});

test('a stream continues whether its reader takes the messages all at once or one a turn', (t) => {
  const reads = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });
  const sizes = fc.array(fc.oneof(fc.nat(1000), fc.nat(INITIAL_WINDOW)), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(sizes, reads, (all, atOnce) => {
      const forth = makeOutgoing();
      const { incoming, back } = makeCall();
      let arrived = 0;
      for (const length of all) forth.outgoing.write(memory.subarray(0, length));
      for (let turn = 0, moved = true; moved; turn++) {
        moved = false;
        for (const { frame } of forth.parcels.splice(0)) if (frame.message !== undefined) incoming.push(frame.message);
        for (let count = 0; count < (atOnce[turn % atOnce.length] ?? 1) && incoming.take() !== undefined; count++) {
          arrived++;
          moved = true;
        }
        // The turn ends: its grants travel, and let the writer go on.
        back.seal();
        for (const { frame } of back.parcels.splice(0)) forth.outgoing.grant(frame.credit ?? 0);
        for (const parcel of forth.parcels) parcel.sealed = true;
      }
      assert.equal(arrived, all.length);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

/** The parts that a message of this many bytes is cut into, with their frames. */
function partsOf(size: number) {
  const flow = makeOutgoing(PART_BYTES);
  const message = Buffer.from(Array.from({ length: size }, (_, index) => index % 251));
  let sent = false;
  flow.outgoing.write(message, () => {
    sent = true;
  });
  const early = flow.parcels.length;
  while (!sent) flow.outgoing.grant(INITIAL_WINDOW);
  return { message, early, sent, frames: flow.parcels.map(({ frame }) => frame) };
}

test('a message too large for a record travels in parts, as many at once as the window has room for', (t) => {
  const { message, early, frames } = partsOf(5 * PART_BYTES + 7);
  t.is(early, 2);
  t.is(frames.length, 6);
  t.deepEqual(
    frames.map(({ sequence, part }) => [sequence, part?.offset, part?.total]),
    frames.map((_, index) => [index, index * PART_BYTES, message.length]),
  );
  t.deepEqual(
    frames.map(({ part }) => part?.checksum !== undefined),
    [false, false, false, false, false, true],
  );
  const incoming = new Incoming('request', -1, () => undefined);
  for (const { message: bytes = Buffer.alloc(0), part } of frames) t.true(incoming.push(bytes, part));
  t.false(incoming.partial);
  t.deepEqual(incoming.take(), message);
});

test('a part does not go with an opening, and messages that are written after it wait', (t) => {
  const flow = makeOutgoing(10);
  flow.outgoing.hold();
  flow.outgoing.add({ open: { method: '/s/m', metadata: [] } });
  flow.outgoing.write(bytes('more than ten bytes'));
  flow.outgoing.end({ halfClose: true });
  t.deepEqual(flow.shown, [{ open: { method: '/s/m', metadata: [] } }]);
  flow.seal();
  flow.outgoing.release();
  t.like(flow.shown[1], { message: 'more than ' });
  t.like(flow.shown[2], { message: 'ten bytes', halfClose: true });
});

test('a message larger than the window becomes whole: its parts are granted as they come', (t) => {
  let granted = 0;
  const incoming = new Incoming('request', -1, (credit) => {
    granted += credit;
  });
  const { frames } = partsOf(20 * PART_BYTES);
  for (const { message = Buffer.alloc(0), part } of frames.slice(0, 10)) incoming.push(message, part);
  t.true(granted >= 9 * PART_BYTES);
});

test('parts that come after an unread message are not granted until that message is read', (t) => {
  let granted = 0;
  const incoming = new Incoming('request', -1, (credit) => {
    granted += credit;
  });
  const { frames } = partsOf(20 * PART_BYTES);
  incoming.push(bytes('unread'));
  for (const { message = Buffer.alloc(0), part } of frames.slice(0, 2)) incoming.push(message, part);
  t.is(granted, 0);
  incoming.take();
  t.is(granted, 2 * (PART_BYTES + OVERHEAD) + cost(bytes('unread')));
});

test('the cost of a message is granted once the message is taken, in parts or whole', (t) => {
  let granted = 0;
  const incoming = new Incoming('request', -1, (credit) => {
    granted += credit;
  });
  const { frames, message } = partsOf(4 * PART_BYTES);
  for (const { message = Buffer.alloc(0), part } of frames) incoming.push(message, part);
  incoming.take();
  t.is(granted, message.length + frames.length * OVERHEAD);
});

const faults: Record<string, (frames: Frame[]) => (Frame | undefined)[]> = {
  'a part is missing': ([first, , third]: Frame[]) => [first, third],
  'a part comes twice': ([first, second]: Frame[]) => [first, second, second],
  'the first part comes again': ([first, second]: Frame[]) => [first, second, first],
  'the total changes': ([first, second]: Frame[]) => [
    first,
    { ...second, part: { ...second?.part, total: 9 * PART_BYTES } } as Frame,
  ],
  'another message comes between': ([first]: Frame[]) => [first, { callId: 'id', sequence: 1, message: bytes('x') }],
  'a bit was changed': ([first, second, third]: Frame[]) => {
    const message = Buffer.from(second?.message ?? []);
    message[77] = (message[77] ?? 0) ^ 1;
    return [first, { ...second, message } as Frame, third];
  },
};
for (const [what, change] of Object.entries(faults)) {
  test(`parts are refused if ${what}`, (t) => {
    const incoming = new Incoming('request', -1, () => undefined);
    const { frames } = partsOf(2 * PART_BYTES + 100);
    t.is(frames.length, 3);
    const taken = change(frames).map((frame) => incoming.push(frame?.message ?? Buffer.alloc(0), frame?.part));
    t.is(taken.indexOf(false), taken.length - 1, `${taken}`);
  });
}

/** The fault that a reader finds in these frames, if one frame of the direction came before them. */
function faultOf(frames: readonly Partial<Frame>[], maxMessageLength = -1) {
  const incoming = new Incoming('request', maxMessageLength, () => undefined);
  let sequence = 0;
  for (const frame of frames) {
    const fault = incoming.receive({ callId: 'id', sequence: sequence++, ...frame });
    if (fault !== undefined) return { code: fault.code, details: fault.details };
  }
  return undefined;
}

test('a frame after a gap is a fault, DATA_LOSS', (t) => {
  t.deepEqual(faultOf([{}, { sequence: 2 }]), { code: 15, details: 'a part of the request is missing before frame 2' });
});

test('a message or an end after the end is a fault, INTERNAL; credit after the end is no fault', (t) => {
  const fault = { code: 13, details: 'the request continues after its end' };
  t.deepEqual(faultOf([{ halfClose: true }, { message: bytes('x') }]), fault);
  t.deepEqual(faultOf([{ halfClose: true }, { halfClose: true }]), fault);
  t.is(faultOf([{ halfClose: true }, { credit: 7 }]), undefined);
});

test('the first part of a message that is too large is a fault, RESOURCE_EXHAUSTED', (t) => {
  const fault = { code: 8, details: 'Received message larger than max (11 vs. 10)' };
  t.is(faultOf([{ message: Buffer.alloc(10) }], 10), undefined);
  t.deepEqual(faultOf([{ message: Buffer.alloc(11) }], 10), fault);
  t.deepEqual(faultOf([{ message: bytes('x'), part: { offset: 0, total: 11 } }], 10), fault);
  t.is(faultOf([{ message: Buffer.alloc(11) }], -1), undefined);
});

test('an end within a message is a fault, DATA_LOSS, unless the call failed', (t) => {
  const part = { message: bytes('x'), part: { offset: 0, total: 11 } };
  const fault = { code: 15, details: 'the request ended within a message' };
  t.deepEqual(faultOf([part, { halfClose: true }]), fault);
  t.deepEqual(faultOf([part, { status: ok }]), fault);
  t.is(faultOf([part, { status: { ...ok, code: 14 } }]), undefined);
});

test('a part that does not fit the one before it is a fault, DATA_LOSS', (t) => {
  const parts = [0, 2].map((offset) => ({ message: bytes('x'), part: { offset, total: 11 } }));
  t.deepEqual(faultOf(parts), { code: 15, details: 'the parts of a request message do not fit together' });
});
