import { type Log, LogError } from '@wherry/kafka';
import { MemoryBroker } from '@wherry/kafka/memory';
import test from 'ava';
import { type Inbox, type InboxOptions, openInbox } from './inbox.js';
import { Heard, openMemoryLog, settle } from './memory-log.test.helpers.js';
import { inboxMadeAt, inboxPrefix } from './topic-names.js';

const key = Buffer.from('key');

async function openHeard(log: Log, options: InboxOptions, heard: Heard): Promise<Inbox> {
  const inbox = await openInbox(log, 'test', options);
  inbox.listen(heard);
  return inbox;
}

test('an inbox is a topic of its own that is read from its first record and deleted on close', async (t) => {
  const broker = new MemoryBroker();
  const log = openMemoryLog(t, broker);
  const heard = new Heard();
  const before = Date.now();
  const inbox = await openHeard(log, { retentionMs: 60_000 }, heard);
  const { topic, partition, instance } = inbox.address;
  t.deepEqual([partition, instance], [0, undefined]);
  const madeAt = inboxMadeAt('test', topic) ?? 0;
  t.true(madeAt >= before && madeAt <= Date.now());
  t.deepEqual(broker.topicConfig(topic), {
    'cleanup.policy': 'delete',
    'retention.ms': '60000',
    'segment.ms': '60000',
  });
  t.is(await log.partitions(topic), 1);
  log.produce(topic, 0, key, Buffer.from('first'));
  await heard.until(() => heard.values.length > 0);
  t.deepEqual(heard.values, ['first']);
  await inbox.close();
  await inbox.close();
  t.deepEqual(await log.topics(inboxPrefix('test')), []);
  t.deepEqual(heard.errors, [], 'a reader that is closed hears nothing of the deletion');
});

test('replies are kept for ten minutes by default', async (t) => {
  const broker = new MemoryBroker();
  const inbox = await openHeard(openMemoryLog(t, broker), {}, new Heard());
  t.is(broker.topicConfig(inbox.address.topic)?.['retention.ms'], '600000');
});

test('an instance takes one partition of a shared inbox, from its present end, and does not delete the topic', async (t) => {
  const broker = new MemoryBroker();
  const log = openMemoryLog(t, broker);
  await log.createTopic({ name: 'shared', partitions: 1 });
  log.produce('shared', 0, key, Buffer.from('before'));
  await log.flush(1000);
  const [one, two] = [new Heard(), new Heard()];
  const inboxes = await Promise.all([one, two].map((heard) => openHeard(log, { topic: 'shared' }, heard)));
  log.produce('shared', 0, key, Buffer.from('after'));
  for (const heard of [one, two]) {
    await heard.until(() => heard.values.length > 0);
    t.deepEqual(heard.values, ['after']);
  }
  const instances = inboxes.map(({ address }) => address.instance ?? 0);
  t.true(instances.every((instance) => Number.isInteger(instance) && instance > 0 && instance < 2 ** 32));
  t.not(instances[0], instances[1]);
  for (const inbox of inboxes) await inbox.close();
  t.is(await log.partitions('shared'), 1);
});

test('a shared inbox that does not exist is a wrong option and is not made', async (t) => {
  const log = openMemoryLog(t, new MemoryBroker());
  await t.throwsAsync(openHeard(log, { topic: 'shared' }, new Heard()), {
    instanceOf: TypeError,
    message: /inbox\.topic is shared.*does not exist/,
  });
  t.deepEqual(await log.topics(''), []);
});

test('the lag counts the records that were not read yet', async (t) => {
  const broker = new MemoryBroker();
  const log = openMemoryLog(t, broker);
  const heard = new Heard();
  const inbox = await openHeard(log, {}, heard);
  const { topic } = inbox.address;
  log.produce(topic, 0, key, Buffer.from('read'));
  await heard.until(() => heard.values.length > 0);
  t.is(inbox.lag, 0);
  broker.hold(topic, 0);
  for (let count = 0; count < 3; count++) log.produce(topic, 0, key, Buffer.from('waits'));
  await log.flush(1000);
  t.is(inbox.lag, 3);
  broker.release(topic, 0);
  await heard.until(() => heard.values.length > 3);
  t.is(inbox.lag, 0);
});

test('an inbox that somebody deletes reports an error', async (t) => {
  const broker = new MemoryBroker();
  const heard = new Heard();
  const inbox = await openHeard(openMemoryLog(t, broker), {}, heard);
  broker.deleteTopic(inbox.address.topic);
  await heard.until(() => heard.errors.length > 0);
  t.true(heard.errors[0]?.topicUnknown);
  await t.notThrowsAsync(inbox.close());
});

test('closing succeeds even if the topic cannot be deleted, and opening fails if no topic can be made', async (t) => {
  const broker = new MemoryBroker();
  const log = openMemoryLog(t, broker);
  const inbox = await openHeard(log, {}, new Heard());
  broker.disconnect();
  await settle();
  await t.notThrowsAsync(inbox.close());
  await t.throwsAsync(openHeard(log, {}, new Heard()), { instanceOf: LogError });
  broker.reconnect();
  t.deepEqual(await log.topics(''), [inbox.address.topic], 'it is left to the sweep');
});

test('records that come before anybody listens are kept in order', async (t) => {
  const broker = new MemoryBroker();
  const log = openMemoryLog(t, broker);
  const heard = new Heard();
  const inbox = await openInbox(log, 'test', {});
  for (const text of ['first', 'second']) log.produce(inbox.address.topic, 0, key, Buffer.from(text));
  await log.flush(1000);
  await settle();
  inbox.listen(heard);
  log.produce(inbox.address.topic, 0, key, Buffer.from('third'));
  await heard.until(() => heard.values.length === 3);
  t.deepEqual(heard.values, ['first', 'second', 'third']);
});
