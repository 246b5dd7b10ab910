import { once } from 'node:events';
import { type InterceptingListener, Metadata, status as Status } from '@grpc/grpc-js';
import { Incoming } from '@wherry/endpoint/internal';
import test, { type ExecutionContext } from 'ava';
import { ReplyDelivery } from './reply-delivery.js';

/** Waits until every scheduled tick has run. */
const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ok = { code: Status.OK, details: '', metadata: new Metadata() };

/** A delivery, and a record of the parts that its listener got, in order. */
function makeDelivery(
  onMessage: (text: string, delivery: ReplyDelivery) => void = () => {},
  onHeaders: (delivery: ReplyDelivery) => void = () => {},
) {
  const messages = new Incoming('reply', -1, () => {});
  const delivery = new ReplyDelivery(messages, () => {});
  const given: string[] = [];
  const listener: InterceptingListener = {
    onReceiveMetadata: () => {
      given.push('headers');
      onHeaders(delivery);
    },
    onReceiveMessage: (message: Buffer) => {
      given.push(message.toString());
      onMessage(message.toString(), delivery);
    },
    onReceiveStatus: ({ code }) => void given.push(Status[code]),
  };
  delivery.listen(listener);
  return {
    delivery,
    given,
    come: (...texts: string[]) => {
      for (const text of texts) messages.push(Buffer.from(text));
      delivery.deliver();
    },
  };
}

/** Collects the errors that are thrown in a tick of their own, where nobody can catch them. */
async function uncaught(t: ExecutionContext, run: () => void): Promise<Error> {
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  t.teardown(() => {
    for (const other of others) process.on('uncaughtException', other);
  });
  const thrown = once(process, 'uncaughtException');
  run();
  const [error] = await thrown;
  return error as Error;
}

test('messages that come are delivered in a tick, one for each read', async (t) => {
  const { delivery, given, come } = makeDelivery();
  delivery.read();
  come('one', 'two');
  t.deepEqual(given, []);
  await turnEnd();
  t.deepEqual(given, ['one']);
});

test('a message that has come is delivered within the read, and the status after it in a tick', async (t) => {
  const { delivery, given, come } = makeDelivery();
  delivery.headers(new Metadata());
  come('one', 'two', 'three');
  delivery.end(ok);
  delivery.read();
  delivery.read();
  t.deepEqual(given, [], 'headers are first, and never within a call');
  await turnEnd();
  t.deepEqual(given, ['headers', 'one', 'two']);
  delivery.read();
  t.deepEqual(given, ['headers', 'one', 'two', 'three']);
  await turnEnd();
  t.deepEqual(given, ['headers', 'one', 'two', 'three', 'OK']);
});

for (const asked of ['before', 'after']) {
  test(`a listener that reads within a message gets the next one after it returns: first read ${asked} they came`, async (t) => {
    let depth = 0;
    let deepest = 0;
    const { delivery, given, come } = makeDelivery((_text, asking) => {
      deepest = Math.max(deepest, ++depth);
      asking.read();
      depth--;
    });
    const texts = Array.from({ length: 20_000 }, (_, number) => `${number}`);
    if (asked === 'before') delivery.read();
    come(...texts);
    if (asked === 'after') delivery.read();
    await turnEnd();
    t.deepEqual(given, texts);
    t.is(deepest, 1);
  });
}

test('a stub that wants one message and reads before it writes gets a second message if one came', async (t) => {
  const { delivery, given, come } = makeDelivery();
  delivery.read();
  delivery.written();
  delivery.headers(new Metadata());
  come('one', 'two');
  delivery.end(ok);
  await turnEnd();
  t.deepEqual(given, ['headers', 'one', 'two', 'OK']);
});

test('a stub that reads a stream never gets a message that it did not read', async (t) => {
  const { delivery, given, come } = makeDelivery();
  delivery.written();
  delivery.read();
  delivery.headers(new Metadata());
  come('one', 'two');
  delivery.end(ok);
  await turnEnd();
  t.deepEqual(given, ['headers', 'one']);
  delivery.read();
  await turnEnd();
  t.deepEqual(given, ['headers', 'one', 'two', 'OK']);
});

test.serial('an error of a listener is thrown in a tick, and the next message is delivered', async (t) => {
  const { delivery, given, come } = makeDelivery((text) => {
    if (text === 'bad') throw new Error('the listener failed');
  });
  come('bad', 'good');
  const error = await uncaught(t, () => {
    delivery.read();
    delivery.read();
    t.deepEqual(given, ['bad', 'good']);
  });
  t.is(error.message, 'the listener failed');
});

test('a whole reply is delivered in one tick: headers, the message that is read then, and the status', async (t) => {
  const { delivery, given, come } = makeDelivery(undefined, (asking) => asking.read());
  delivery.headers(new Metadata());
  come('one');
  delivery.end(ok);
  t.deepEqual(given, []);
  // Everything comes within the next tick, because all ticks run before code that awaits one.
  const then = await new Promise<string[]>((resolve) => process.nextTick(() => resolve([...given])));
  t.deepEqual(then, ['headers', 'one', 'OK']);
});

test.serial('a listener that throws at its headers still gets the rest', async (t) => {
  const { delivery, given, come } = makeDelivery(undefined, (asking) => {
    asking.read();
    throw new Error('the headers failed');
  });
  const error = await uncaught(t, () => {
    delivery.headers(new Metadata());
    come('one');
    delivery.end(ok);
  });
  t.is(error.message, 'the headers failed');
  await turnEnd();
  t.deepEqual(given, ['headers', 'one', 'OK']);
});

test('a call that ends now delivers none of the messages that were not read', async (t) => {
  const { delivery, given, come } = makeDelivery((_text, ending) => ending.endNow({ ...ok, code: Status.CANCELLED }));
  come('one', 'two');
  delivery.read();
  delivery.read();
  t.deepEqual(given, ['one']);
  await turnEnd();
  t.deepEqual(given, ['one', 'CANCELLED']);
});

test('of two ends in one tick the first counts, unless it is a success', async (t) => {
  const statuses = [Status.CANCELLED, Status.OK].map((code) => ({ ...ok, code }));
  for (const first of statuses) {
    const { delivery, given } = makeDelivery();
    delivery.endNow(first);
    delivery.endNow({ ...ok, code: Status.ABORTED });
    await turnEnd();
    t.deepEqual(given, [first.code === Status.OK ? 'ABORTED' : 'CANCELLED']);
  }
});
