import test from 'ava';
import { HeldEvents } from './held-events.js';

interface Listener {
  hear(what: string): void;
}

const told = (what: string) => (listener: Listener) => listener.hear(what);

test('events that come before anybody listens are kept in order, and every later one is passed on at once', (t) => {
  const events = new HeldEvents<Listener>();
  const heard: string[] = [];
  events.tell(told('one'));
  events.tell(told('two'));
  t.is(events.listener, undefined);
  t.deepEqual(heard, []);
  const listener = { hear: (what: string) => void heard.push(what) };
  events.listen(listener);
  t.is(events.listener, listener);
  t.deepEqual(heard, ['one', 'two']);
  events.tell(told('three'));
  t.deepEqual(heard, ['one', 'two', 'three']);
});

test('an event that arises while kept ones are passed on comes behind them', (t) => {
  const events = new HeldEvents<Listener>();
  const heard: string[] = [];
  for (const what of ['one', 'two']) events.tell(told(what));
  events.listen({
    hear: (what) => {
      heard.push(what);
      if (what === 'one') events.tell(told('of one'));
    },
  });
  t.deepEqual(heard, ['one', 'two', 'of one']);
  events.tell(told('later'));
  t.deepEqual(heard.slice(3), ['later']);
});

test('there is one listener', (t) => {
  const events = new HeldEvents<Listener>();
  events.listen({ hear: () => undefined });
  t.throws(() => events.listen({ hear: () => undefined }), { message: /have a listener already/ });
});
