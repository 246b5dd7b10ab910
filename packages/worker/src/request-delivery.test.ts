import { status as Status } from '@grpc/grpc-js';
import { Incoming } from '@wherry/endpoint/internal';
import test from 'ava';
import { type DeliveredCall, RequestDelivery } from './request-delivery.js';

/** A delivery, and what its handler was given, in order. */
function makeDelivery(onMessage: (text: string, delivery: RequestDelivery) => void = () => undefined) {
  const messages = new Incoming('request', -1, () => undefined);
  const given: string[] = [];
  const state = { over: false };
  const call: DeliveredCall = {
    get over() {
      return state.over;
    },
    held: false,
    deserialize: (bytes) => {
      if (String(bytes) === 'unreadable') throw new Error('no text');
      return String(bytes);
    },
    fail: (code, details) => {
      state.over = true;
      given.push(`${Status[code]} ${details}`);
    },
  };
  const delivery = new RequestDelivery(call, messages);
  const sequence = { next: 0 };
  const come = (...texts: string[]): void => {
    for (const text of texts) receive({ message: Buffer.from(text) });
    delivery.deliver();
  };
  const receive = (parts: { message?: Buffer; halfClose?: boolean }): void => {
    messages.receive({ callId: 'sixteen bytes it', sequence: sequence.next++, ...parts });
  };
  const end = (): void => {
    receive({ halfClose: true });
    delivery.deliver();
  };
  const listen = (): void =>
    delivery.listen({
      onReceiveMetadata: () => undefined,
      onReceiveMessage: (text: string) => {
        given.push(text);
        onMessage(text, delivery);
      },
      onReceiveHalfClose: () => void given.push('end'),
      onCancel: () => undefined,
    });
  return { delivery, given, come, end, listen, state };
}

test('a message is given for each time it was asked for, whichever came first', (t) => {
  const { delivery, given, come, listen } = makeDelivery();
  listen();
  come('one', 'two');
  t.deepEqual(given, []);
  delivery.read();
  t.deepEqual(given, ['one']);
  delivery.read();
  delivery.read();
  t.deepEqual(given, ['one', 'two']);
  come('three', 'four');
  t.deepEqual(given, ['one', 'two', 'three']);
});

test('nothing is given before the handler listens', (t) => {
  const { delivery, given, come, end, listen } = makeDelivery();
  delivery.read();
  come('one');
  end();
  t.is(delivery.listener, undefined);
  t.deepEqual(given, []);
  listen();
  delivery.deliver();
  t.deepEqual(given, ['one']);
});

test('the end is given once, to a handler that asks behind the last message', (t) => {
  const { delivery, given, come, end, listen } = makeDelivery();
  listen();
  delivery.read();
  come('one');
  end();
  t.deepEqual(given, ['one']);
  delivery.read();
  delivery.read();
  delivery.deliver();
  t.deepEqual(given, ['one', 'end']);
});

test('a handler that asks within a message gets the next one when it has returned', (t) => {
  const depth = { now: 0, most: 0 };
  const { delivery, given, come, end, listen } = makeDelivery((_text, asking) => {
    depth.now++;
    depth.most = Math.max(depth.most, depth.now);
    asking.read();
    depth.now--;
  });
  listen();
  come('one', 'two', 'three');
  end();
  delivery.read();
  t.deepEqual(given, ['one', 'two', 'three', 'end']);
  t.is(depth.most, 1);
});

test('a message that cannot be read ends the call, and nothing follows', (t) => {
  const { delivery, given, come, end, listen } = makeDelivery();
  listen();
  for (let count = 0; count < 4; count++) delivery.read();
  come('one', 'unreadable', 'three');
  end();
  t.deepEqual(given, ['one', 'INTERNAL Error deserializing request: no text']);
});

test('a call that is over gives nothing', (t) => {
  const { delivery, given, come, end, listen, state } = makeDelivery();
  listen();
  delivery.read();
  state.over = true;
  come('one');
  end();
  t.deepEqual(given, []);
});

test('a handler that throws gets what it asks for next', (t) => {
  const { delivery, given, come, listen } = makeDelivery((text) => {
    if (text === 'bad') throw new Error('the handler failed');
  });
  listen();
  come('bad', 'good');
  t.throws(() => delivery.read(), { message: 'the handler failed' });
  delivery.read();
  t.deepEqual(given, ['bad', 'good']);
});
