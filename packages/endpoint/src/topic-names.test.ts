import test from 'ava';
import fc from 'fast-check';
import { checkNamespace, inboxMadeAt, inboxPrefix, newInboxTopic, requestTopic } from './topic-names.js';

const namespaces = fc.stringMatching(/^[a-zA-Z0-9._-]{1,100}$/);

test('topics are named as the wire format says', (t) => {
  t.is(requestTopic('wherry', 'helloworld.v1.Greeter'), 'wherry.requests.helloworld.v1.Greeter');
  t.is(inboxPrefix('wherry'), 'wherry.inbox.');
  t.regex(newInboxTopic('wherry', 1_767_225_600_000), /^wherry\.inbox\.mjuohs00\.[0-9a-f]{16}$/);
});

test('a namespace is valid if Kafka allows it as the beginning of a name', (t) => {
  for (const right of ['a', 'wherry', 'A-b_c.9', 'x'.repeat(100)]) t.notThrows(() => checkNamespace(right));
  for (const wrong of ['', 'a b', 'a/b', 'ü', 'a\n', 'x'.repeat(101), '*']) {
    t.throws(() => checkNamespace(wrong), { instanceOf: TypeError, message: /^namespace is "/ });
  }
});

test('the name of an inbox says when it was made, whatever the namespace', (t) => {
  fc.assert(
    fc.property(namespaces, fc.integer({ min: 1_500_000_000_000, max: 8_000_000_000_000 }), (namespace, now) => {
      t.is(inboxMadeAt(namespace, newInboxTopic(namespace, now)), now);
    }),
  );
});

test('two inboxes have different names', (t) => {
  const names = Array.from({ length: 1000 }, () => newInboxTopic('wherry', 0));
  t.is(new Set(names).size, names.length);
});

test('a topic that is not an inbox of the namespace does not count as one, so that no sweep deletes it', (t) => {
  const [inbox, random] = [newInboxTopic('wherry', Date.now()), '0123456789abcdef'];
  const others = [
    '',
    'wherry',
    'wherry.inbox.',
    requestTopic('wherry', 'a.B'),
    `wherry.inbox.orders.${random}x`,
    `wherry.inbox.m2x1k9qz.${random.slice(1)}`,
    `wherry.inbox.m2x1k9qz.${random.toUpperCase()}`,
    `wherry.inbox.M2X1K9QZ.${random}`,
    `wherry.inbox.m2x1k9qz.${random}.copy`,
    `wherry.inbox.a.m2x1k9qz.${random}`,
    `wherry.inbox.m2x.${random}`,
    `wherry.inbox.shared`,
    `x${inbox}`,
    `${inbox}\n`,
    inbox.replace('wherry', 'wherrys'),
    inbox.replace('.inbox.', 'xinboxx'),
  ];
  for (const topic of others) t.is(inboxMadeAt('wherry', topic), undefined, topic);
  // A dot in the namespace matches only a dot, not any character.
  t.is(inboxMadeAt('a.b', newInboxTopic('axb', 0)), undefined);
});
