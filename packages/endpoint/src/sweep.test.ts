import type { Log } from '@wherry/kafka';
import { LogError } from '@wherry/kafka';
import { MemoryBroker } from '@wherry/kafka/memory';
import test, { type ExecutionContext } from 'ava';
import { openMemoryLog } from './memory-log.test.helpers.js';
import { sweepInboxes } from './sweep.js';
import { newInboxTopic } from './topic-names.js';

const HOUR_MS = 3_600_000;

/** A broker whose clock a test sets, and inboxes of all ages. */
class Inboxes {
  time = Date.now();
  readonly broker = new MemoryBroker({ clock: { now: () => this.time } });
  readonly log: Log;

  constructor(readonly t: ExecutionContext) {
    this.log = openMemoryLog(t, this.broker);
  }

  /** Makes an inbox of this age. @returns its name. */
  async make(age: number, namespace = 'test'): Promise<string> {
    const topic = newInboxTopic(namespace, Date.now() - age);
    await this.log.createTopic({ name: topic, partitions: 1 });
    return topic;
  }

  /** Writes a record to an inbox, this long ago. */
  async beat(topic: string, age: number): Promise<void> {
    this.time = Date.now() - age;
    this.log.produce(topic, 0, Buffer.from('key'), null);
    await this.log.flush(1000);
  }
}

test('an inbox that nobody has written to for ten minutes is deleted, and no other topic', async (t) => {
  const inboxes = new Inboxes(t);
  const { log } = inboxes;
  const silent = await inboxes.make(HOUR_MS);
  const empty = await inboxes.make(HOUR_MS);
  const used = await inboxes.make(HOUR_MS);
  const young = await inboxes.make(0);
  const foreign = await inboxes.make(HOUR_MS, 'other');
  const kept = ['test.inbox.mine', 'test.inbox.1.00', 'test.requests.a.One', 'test.registry'];
  for (const name of kept) await log.createTopic({ name, partitions: 1 });
  await inboxes.beat(silent, 660_000);
  await inboxes.beat(used, 660_000);
  await inboxes.beat(used, 540_000);
  t.deepEqual((await sweepInboxes(log, 'test')).sort(), [silent, empty].sort());
  t.deepEqual((await log.topics('')).sort(), [used, young, foreign, ...kept].sort());
  t.deepEqual(await sweepInboxes(log, 'test'), []);
});

test('olderThanMs says how long an inbox may be silent', async (t) => {
  const inboxes = new Inboxes(t);
  const topic = await inboxes.make(HOUR_MS);
  await inboxes.beat(topic, 60_000);
  t.deepEqual(await sweepInboxes(inboxes.log, 'test', 90_000), []);
  t.deepEqual(await sweepInboxes(inboxes.log, 'test', 30_000), [topic]);
});

test('of several sweeps at once exactly one deletes each inbox, and none fails', async (t) => {
  const inboxes = new Inboxes(t);
  const made: string[] = [];
  for (let count = 0; count < 5; count++) made.push(await inboxes.make(HOUR_MS));
  const logs = [inboxes.log, openMemoryLog(t, inboxes.broker), openMemoryLog(t, inboxes.broker)];
  const swept = await Promise.all(logs.map((log) => sweepInboxes(log, 'test')));
  t.deepEqual(swept.flat().sort(), made.sort());
  t.deepEqual(await inboxes.log.topics(''), []);
});

test('a sweep fails if Kafka does not answer, and deletes nothing', async (t) => {
  const inboxes = new Inboxes(t);
  const topic = await inboxes.make(HOUR_MS);
  inboxes.broker.disconnect();
  await t.throwsAsync(sweepInboxes(inboxes.log, 'test'), { instanceOf: LogError });
  inboxes.broker.reconnect();
  t.deepEqual(await inboxes.log.topics(''), [topic]);
});
