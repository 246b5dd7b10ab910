import test from 'ava';
import { type PendingMessage, RequestDelivery } from './request-delivery.js';

/** A delivery whose listener notes what it gets, and then does what the test says. */
function deliveryThat(then: (delivery: RequestDelivery) => void = () => {}) {
  const delivery = new RequestDelivery();
  const got: string[] = [];
  const take = (what: string): void => {
    got.push(what);
    then(delivery);
  };
  delivery.begin({ onReceiveMessage: (message) => take(String(message)), onReceiveHalfClose: () => take('end') });
  return { delivery, got };
}

const push = (delivery: RequestDelivery, ...texts: string[]): void => {
  for (const text of texts) delivery.push(Buffer.from(text));
};

test('each time that it asks, a listener gets one message, and then the end once', (t) => {
  const { delivery, got } = deliveryThat();
  push(delivery, 'a', 'b');
  t.false(delivery.deliver(), 'nothing is asked for');
  t.deepEqual(got, []);
  for (const expected of [['a'], ['a', 'b']]) {
    delivery.ask();
    t.false(delivery.deliver());
    t.deepEqual(got, expected);
  }
  t.true(delivery.empty);
  delivery.ask();
  t.true(delivery.deliver(), 'more is asked for than has arrived');
  delivery.end();
  t.false(delivery.deliver());
  delivery.ask();
  t.false(delivery.deliver());
  t.deepEqual(got, ['a', 'b', 'end']);
});

test('a listener that asks before it returns gets the next message after it has returned', (t) => {
  let depth = 0;
  const { delivery, got } = deliveryThat((asking) => {
    t.is(++depth, 1);
    asking.ask();
    t.false(asking.deliver());
    depth--;
  });
  push(delivery, 'a', 'b', 'c');
  delivery.ask();
  t.true(delivery.deliver());
  t.deepEqual(got, ['a', 'b', 'c']);
});

test('messages wait for one before them that is still being decompressed', (t) => {
  const { delivery, got } = deliveryThat((asking) => asking.ask());
  const pending: PendingMessage = { message: undefined };
  delivery.push(pending);
  push(delivery, 'b');
  delivery.end();
  delivery.ask();
  t.false(delivery.deliver());
  t.deepEqual(got, []);
  pending.message = Buffer.from('a');
  t.false(delivery.deliver());
  t.deepEqual(got, ['a', 'b', 'end']);
});

test('after a stop, also within a message, nothing is delivered', (t) => {
  const { delivery, got } = deliveryThat((asking) => {
    asking.ask();
    asking.stop();
  });
  push(delivery, 'a', 'b');
  delivery.end();
  delivery.ask();
  t.false(delivery.deliver());
  push(delivery, 'c');
  t.false(delivery.deliver());
  t.deepEqual(got, ['a']);
});

test('a listener that throws does not block the rest', (t) => {
  let thrown = false;
  const { delivery, got } = deliveryThat(() => {
    if (thrown) return;
    thrown = true;
    throw new Error('not today');
  });
  push(delivery, 'a', 'b');
  delivery.ask();
  t.throws(() => delivery.deliver(), { message: 'not today' });
  delivery.ask();
  t.false(delivery.deliver());
  t.deepEqual(got, ['a', 'b']);
});
