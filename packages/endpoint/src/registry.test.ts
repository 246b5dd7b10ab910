import type { Log } from '@wherry/kafka';
import { MemoryBroker } from '@wherry/kafka/memory';
import { decodeRegistryRecord, type InboxAddress } from '@wherry/wire';
import test, { type ExecutionContext } from 'ava';
import { Heard, openMemoryLog, settle } from './memory-log.test.helpers.js';
import { RegistryFollower } from './registry-follower.js';
import { RegistryPublisher } from './registry-publisher.js';

const TOPIC = 'test.registry';
const service = { name: 'a.One', fileDescriptors: [Buffer.from([0x0a, 0x01, 0x61])] };

/** Publishers and followers of one registry, on a broker in memory. */
class Registry {
  readonly broker = new MemoryBroker();
  readonly warnings: string[] = [];
  /** The followers' clock. */
  now = 1000;

  constructor(readonly t: ExecutionContext) {
    t.timeout(20_000);
  }

  open(): Log {
    return openMemoryLog(this.t, this.broker);
  }

  publisher(log: Log, address: () => InboxAddress, leaseMs = 60_000): RegistryPublisher {
    const publisher = new RegistryPublisher(
      {
        namespace: 'test',
        get address() {
          return address();
        },
        leaseMs,
        log,
        warnOnce: (doing, error) => this.warnings.push(`${doing}: ${error}`),
      },
      [service],
      () => [],
    );
    this.t.teardown(() => publisher.leave());
    return publisher;
  }

  /** A follower, and a function that moves its clock on and fires its timer. */
  async follower(log: Log): Promise<{ follower: RegistryFollower; pass: (ms: number) => Promise<void> }> {
    let tick = (): void => undefined;
    const follower = new RegistryFollower(
      {
        namespace: 'test',
        log,
        readRegistry: (record) => decodeRegistryRecord(record.key, record.value),
        warnOnce: (doing, error) => this.warnings.push(`${doing}: ${error}`),
      },
      {
        now: () => this.now,
        every: (_ms, run) => {
          tick = run;
          return () => undefined;
        },
      },
    );
    this.t.teardown(() => follower.close());
    follower.open();
    await follower.ready;
    const pass = async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 500) {
        this.now += Math.min(500, left);
        tick();
        await settle();
      }
    };
    return { follower, pass };
  }
}

const inbox = (topic: string): InboxAddress => ({ topic, partition: 0 });

test('followers find a worker and its descriptors from its registration until it has left', async (t) => {
  const registry = new Registry(t);
  const { follower } = await registry.follower(registry.open());
  t.true(follower.following);
  t.false(follower.serves('a.One'));
  const [one, two] = ['x', 'y'].map((topic) => registry.publisher(registry.open(), () => inbox(topic)));
  await one?.open();
  await follower.catchUp();
  t.true(follower.serves('a.One'));
  t.deepEqual(follower.descriptors('a.One')?.files, service.fileDescriptors);
  await two?.open();
  await follower.catchUp();
  t.is(follower.instances('a.One'), 2);
  await one?.leave();
  await follower.catchUp();
  t.is(follower.instances('a.One'), 1);
  await two?.leave();
  await follower.catchUp();
  t.deepEqual(follower.services, []);
  t.deepEqual(registry.warnings, []);
});

test('the first instance makes the topic, compacted, and all others use it', async (t) => {
  const registry = new Registry(t);
  const publishers = ['x', 'y'].map((topic) => registry.publisher(registry.open(), () => inbox(topic)));
  const [followed] = await Promise.all([
    registry.follower(registry.open()),
    ...publishers.map((publisher) => publisher.open()),
  ]);
  await followed.follower.catchUp();
  t.is(followed.follower.instances('a.One'), 2);
  t.regex(registry.broker.topicConfig(TOPIC)?.['cleanup.policy'] ?? '', /compact/);
  t.deepEqual(registry.warnings, []);
});

test('a follower that is late in reading answers once it has caught up', async (t) => {
  const registry = new Registry(t);
  const { follower } = await registry.follower(registry.open());
  registry.broker.hold(TOPIC, 0);
  await registry.publisher(registry.open(), () => inbox('x')).open();
  let caughtUp = false;
  const catchingUp = follower.catchUp().then(() => {
    caughtUp = true;
  });
  await settle();
  t.false(caughtUp);
  t.false(follower.serves('a.One'));
  registry.broker.release(TOPIC, 0);
  await catchingUp;
  t.true(follower.serves('a.One'));
});

test('a worker that dies is gone once its lease has expired', async (t) => {
  const registry = new Registry(t);
  const { follower, pass } = await registry.follower(registry.open());
  const log = registry.open();
  await registry.publisher(log, () => inbox('x'), 30_000).open();
  await follower.catchUp();
  registry.broker.kill(log);
  await pass(29_000);
  t.true(follower.serves('a.One'));
  await pass(1500);
  t.false(follower.serves('a.One'));
});

test('a follower that cannot reach Kafka counts no worker as gone, and gives each a whole lease afterwards', async (t) => {
  const registry = new Registry(t);
  const log = registry.open();
  const { follower, pass } = await registry.follower(log);
  await registry.publisher(registry.open(), () => inbox('x'), 30_000).open();
  await follower.catchUp();
  registry.broker.disconnect(log);
  await pass(60_000);
  t.true(follower.serves('a.One'));
  t.true(follower.following);
  registry.broker.reconnect(log);
  await pass(20_000);
  t.true(follower.serves('a.One'));
  await pass(30_000);
  t.false(follower.serves('a.One'), 'it has not used it');
});

test('a record that comes twice counts once, and the next renewal replaces a lost one', async (t) => {
  const registry = new Registry(t);
  const { follower } = await registry.follower(registry.open());
  for (let records = 0; records < 2; records++) registry.broker.duplicateNext(TOPIC, 0);
  await registry.publisher(registry.open(), () => inbox('x')).open();
  await follower.catchUp();
  t.is(registry.broker.records(TOPIC, 0).length, 4);
  t.is(follower.instances('a.One'), 1);
  registry.broker.dropNext(TOPIC, 0);
  registry.broker.dropNext(TOPIC, 0);
  const heard = new Heard();
  follower.onChange(() => heard.look());
  await registry.publisher(registry.open(), () => inbox('y'), 30).open();
  await heard.until(() => follower.instances('a.One') === 2);
  t.pass();
});

test('a topic that is deleted is given up for now, and its workers are unknown', async (t) => {
  const registry = new Registry(t);
  const { follower } = await registry.follower(registry.open());
  await registry.publisher(registry.open(), () => inbox('x')).open();
  await follower.catchUp();
  const heard = new Heard();
  follower.onChange(() => heard.look());
  registry.broker.deleteTopic(TOPIC);
  await heard.until(() => !follower.following);
  t.is(registry.warnings.length, 1);
  await t.throwsAsync(follower.catchUp());
});

test('a registration that finds no room is made once there is room, and nothing is logged', async (t) => {
  const registry = new Registry(t);
  const { follower } = await registry.follower(registry.open());
  const heard = new Heard();
  follower.onChange(() => heard.look());
  registry.broker.refuseRecords();
  await registry.publisher(registry.open(), () => inbox('x')).open();
  registry.broker.acceptRecords();
  await heard.until(() => follower.serves('a.One'));
  t.not(follower.descriptors('a.One'), undefined);
  t.deepEqual(registry.warnings, []);
});

test('a worker whose inbox was replaced removes the registration of the old inbox', async (t) => {
  const registry = new Registry(t);
  const log = registry.open();
  const [heard, live] = [new Heard(), new Set<string>()];
  let address = inbox('x');
  await registry.publisher(log, () => address, 30).open();
  await log.readPartition({
    topic: TOPIC,
    partition: 0,
    offset: 'start',
    onRecord: ({ key, value }) => {
      const record = decodeRegistryRecord(key, value);
      if (record?.kind !== 'instance') return;
      if (record.registration === undefined) live.delete(record.instance.topic);
      else live.add(record.instance.topic);
      heard.look();
    },
    onError: heard.onError,
  });
  await heard.until(() => live.has('x'));
  address = inbox('y');
  await heard.until(() => live.has('y'));
  t.deepEqual([...live], ['y']);
});
