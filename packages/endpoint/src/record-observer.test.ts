import { setImmediate as turnEnd } from 'node:timers/promises';
import type { LogRecord } from '@wherry/kafka';
import test from 'ava';
import { observeTogether, type RecordObserver } from './record-observer.js';
import { keepUncaught } from './uncaught.test.helpers.js';

const record: LogRecord = { topic: 'inbox', partition: 0, offset: 7, key: null, value: null };
const sender = { topic: 'sender', partition: 0 };

/** Says in `seen` what it sees, under its name. */
function watcher(seen: string[], name: string): Required<Omit<RecordObserver, 'headers'>> {
  return {
    sent: (topic, partition) => void seen.push(`${name} sent ${topic}/${partition}`),
    acknowledged: (topic, _partition, offset) => void seen.push(`${name} acknowledged ${topic}@${offset}`),
    received: ({ topic, offset }) => void seen.push(`${name} received ${topic}@${offset}`),
  };
}

function showAll(observer: RecordObserver | undefined): void {
  observer?.sent?.('topic', 1, [], 0);
  observer?.acknowledged?.('topic', 1, 3, []);
  observer?.received?.(record, sender, [], []);
}

test('none is none, and one is itself', (t) => {
  t.is(observeTogether([]), undefined);
  t.is(observeTogether([undefined, undefined]), undefined);
  const one = {};
  t.is(observeTogether([undefined, one]), one);
});

test('several see each record, in their order', (t) => {
  const seen: string[] = [];
  showAll(observeTogether([watcher(seen, 'a'), undefined, watcher(seen, 'b')]));
  t.deepEqual(seen, [
    'a sent topic/1',
    'b sent topic/1',
    'a acknowledged topic@3',
    'b acknowledged topic@3',
    'a received inbox@7',
    'b received inbox@7',
  ]);
});

test('a method that none of them has is absent: acknowledgements cost something', (t) => {
  const both = observeTogether([{ sent: () => undefined }, { received: () => undefined }]);
  t.deepEqual(Object.keys(both ?? {}).sort(), ['received', 'sent']);
});

test.serial('an error that one throws reaches neither the others nor who sends', async (t) => {
  const errors = keepUncaught(t);
  const seen: string[] = [];
  const fail = (what: string) => (): never => {
    throw new Error(`${what} failed`);
  };
  const bad = {
    sent: fail('sent'),
    acknowledged: fail('acknowledged'),
    received: fail('received'),
    headers: fail('headers'),
  };
  const together = observeTogether([bad, { ...watcher(seen, 'good'), headers: () => [['a', 'good']] as const }]);
  showAll(together);
  t.deepEqual(together?.headers?.([]), [['a', 'good']]);
  t.is(seen.length, 3);
  await turnEnd();
  t.deepEqual(
    errors.map(({ message }) => message),
    ['sent failed', 'acknowledged failed', 'received failed', 'headers failed'],
  );
});

test('the headers of the first one that gives any are written', (t) => {
  const asked: string[] = [];
  const giving = (name: string, text?: string): RecordObserver => ({
    headers: () => {
      asked.push(name);
      return text === undefined ? undefined : [['trace', text]];
    },
  });
  t.deepEqual(observeTogether([giving('a'), giving('b', 'of b'), giving('c', 'of c')])?.headers?.([]), [
    ['trace', 'of b'],
  ]);
  t.deepEqual(asked, ['a', 'b']);
  t.is(observeTogether([giving('a'), giving('b')])?.headers?.([]), undefined);
});
