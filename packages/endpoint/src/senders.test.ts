import { RecordError } from '@wherry/wire';
import test from 'ava';
import { Senders } from './senders.js';

const reasonOf = (senders: Senders, topic: string): string | undefined => {
  try {
    senders.check({ topic, partition: 0 });
    return undefined;
  } catch (error) {
    return error instanceof RecordError ? error.reason : String(error);
  }
};

test('senders are inboxes of the namespace, or topics that are shared as such', (t) => {
  const senders = new Senders('shop', ['replies']);
  for (const topic of ['shop.inbox.m3k9x0a1.0011223344556677', 'replies']) t.is(reasonOf(senders, topic), undefined);
  for (const topic of ['payments', 'shop.requests.Orders', 'shop.registry', 'other.inbox.x', 'shop.inbox', 'replies2'])
    t.is(reasonOf(senders, topic), 'sender', topic);
});
