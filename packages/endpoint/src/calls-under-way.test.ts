import { LogError } from '@wherry/kafka';
import type { Frame, InboxAddress } from '@wherry/wire';
import test from 'ava';
import { CallsUnderWay, type RoutedCall } from './calls-under-way.js';

const own: InboxAddress = { topic: 'one', partition: 0 };
const other: InboxAddress = { topic: 'two', partition: 0 };

/** A call that keeps all that it is told. */
class FakeCall implements RoutedCall {
  readonly told: string[] = [];
  wants = true;

  constructor(
    readonly id: string,
    readonly peer: InboxAddress | undefined = undefined,
  ) {}

  receive({ sequence }: Frame, { topic }: InboxAddress): boolean {
    this.told.push(`frame ${sequence} of ${topic}`);
    return this.wants;
  }

  peerGone(): void {
    this.told.push('peer gone');
  }

  undelivered(error: LogError): void {
    this.told.push(error.message);
  }
}

/** Calls with these, and whether nobody waits for their end any more. */
function makeCalls(...calls: FakeCall[]) {
  const underWay = new CallsUnderWay<FakeCall>();
  for (const call of calls) underWay.add(call);
  const state = { empty: false };
  const settled = async (): Promise<boolean> => {
    await new Promise((resolve) => setImmediate(resolve));
    return state.empty;
  };
  const wait = (): void => void underWay.whenEmpty().then(() => (state.empty = true));
  return { underWay, wait, settled };
}

test('a frame finds its call, and only that', (t) => {
  const [a, b] = [new FakeCall('a'), new FakeCall('b')];
  const { underWay } = makeCalls(a, b);
  t.is(underWay.size, 2);
  t.is(underWay.get('a'), a);
  t.deepEqual(underWay.values(), [a, b]);
  t.true(underWay.receive({ callId: 'a', sequence: 3 }, own));
  t.deepEqual([a.told, b.told], [['frame 3 of one'], []]);
  a.wants = false;
  t.false(underWay.receive({ callId: 'a', sequence: 4 }, own), 'the call has no use for it');
  t.false(underWay.receive({ callId: 'c', sequence: 0 }, own), 'no such call');
  underWay.delete(b);
  t.false(underWay.receive({ callId: 'b', sequence: 0 }, own), 'the call is over');
  t.deepEqual(underWay.values(), [a]);
});

test('a lost peer is told to its calls, and an undelivered record to its call', (t) => {
  const calls = [new FakeCall('a', own), new FakeCall('b', other), new FakeCall('c'), new FakeCall('d', { ...own })];
  const { underWay } = makeCalls(...calls);
  underWay.peerGone(own);
  underWay.undelivered('b', new LogError('lost', { code: -1 }));
  underWay.undelivered('nobody', new LogError('lost', { code: -1 }));
  t.deepEqual(
    calls.map(({ told }) => told),
    [['peer gone'], ['lost'], [], ['peer gone']],
  );
});

test('calls may end while they are told of a lost peer', (t) => {
  const { underWay } = makeCalls();
  const ended: string[] = [];
  for (const id of ['a', 'b', 'c']) {
    const call = new FakeCall(id, own);
    call.peerGone = () => {
      ended.push(id);
      underWay.delete(call);
    };
    underWay.add(call);
  }
  underWay.peerGone(own);
  t.deepEqual(ended, ['a', 'b', 'c']);
  t.is(underWay.size, 0);
});

test('waiting ends with the last call, and at once if there is none', async (t) => {
  const [a, b] = [new FakeCall('a'), new FakeCall('b')];
  const { underWay, wait, settled } = makeCalls(a, b);
  wait();
  underWay.delete(a);
  t.false(await settled());
  underWay.delete(b);
  t.true(await settled());
  await underWay.whenEmpty();
});

test('a call between two attempts is under way too', async (t) => {
  const { underWay, wait, settled } = makeCalls();
  underWay.hold();
  underWay.hold();
  wait();
  const attempt = new FakeCall('a');
  underWay.add(attempt);
  underWay.delete(attempt);
  underWay.release();
  t.false(await settled());
  underWay.release();
  t.true(await settled());
});

test('an instance that is closed has no call under way', async (t) => {
  const { underWay, wait, settled } = makeCalls(new FakeCall('a'), new FakeCall('b'));
  underWay.hold();
  wait();
  underWay.forgetAll();
  t.true(await settled());
  t.is(underWay.size, 0);
  t.false(underWay.receive({ callId: 'a', sequence: 0 }, own));
});
