import test, { type ExecutionContext } from 'ava';
import type { Log, LogRecord } from '../log/log.js';
import { LogError } from '../log/log-error.js';
import { MemoryBroker, type MemoryClock, type MemoryLogOptions } from '../memory.js';

const key = Buffer.from('key');

/** A clock that a test moves. */
class TestClock implements MemoryClock {
  time = 1000;
  #waiting: { at: number; run: () => void }[] = [];

  now = (): number => this.time;

  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.time + ms, run };
    this.#waiting.push(timer);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== timer);
    };
  };

  pass(ms: number): void {
    this.time += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.time);
    this.#waiting = this.#waiting.filter((timer) => !due.includes(timer));
    for (const { run } of due) run();
  }

  get waits(): number {
    return this.#waiting.length;
  }
}

/** A broker, a topic of four partitions, and logs that note what they are told. */
class Scene {
  readonly clock = new TestClock();
  readonly broker = new MemoryBroker({ clock: this.clock });
  readonly events: string[] = [];
  readonly log: Log;

  private constructor(readonly t: ExecutionContext) {
    this.log = this.open('a');
  }

  static async make(t: ExecutionContext): Promise<Scene> {
    const scene = new Scene(t);
    await scene.log.createTopic({ name: 'topic', partitions: 4, config: { 'cleanup.policy': 'compact' } });
    return scene;
  }

  open(name: string, options: Partial<MemoryLogOptions> = {}): Log {
    const log = this.broker.open({
      acknowledgements: true,
      onUndelivered: ({ topic, partition }, error) =>
        this.events.push(`${name} lost ${topic}[${partition}] ${error.code}`),
      onTrouble: (error) => this.events.push(`${name} trouble ${error.code}`),
      onInterrupted: (cause) => this.events.push(`${name} ended by ${cause.code}`),
      ...options,
    });
    this.t.teardown(() => log.close());
    return log;
  }

  write(value: string, partition = 0): void {
    this.log.produce('topic', partition, key, Buffer.from(value));
  }

  /** A reader of partition 0; what it reads is in the list. */
  async read(name = 'read', log = this.log): Promise<void> {
    await log.readPartition({
      topic: 'topic',
      partition: 0,
      offset: 'start',
      onRecord: ({ offset, value }) => this.events.push(`${name} ${value}@${offset}`),
      onError: (error) => this.events.push(`${name} error ${error.code}`),
    });
  }

  join(name: string, log: Log, onRevoked?: () => Promise<void>) {
    const list = (of: readonly { partition: number }[]): string => of.map(({ partition }) => partition).join();
    return log.readGroup({
      topic: 'topic',
      group: 'group',
      onRecord: ({ partition, value }) => this.events.push(`${name} ${partition}:${value}`),
      onError: (error) => this.events.push(`${name} error ${error.code}`),
      onInterrupted: () => this.events.push(`${name} interrupted`),
      onRestored: () => this.events.push(`${name} restored`),
      onAssigned: (partitions) => this.events.push(`${name} gets ${list(partitions)}`),
      onRevoked: async (partitions) => {
        this.events.push(`${name} returns ${list(partitions)}`);
        await onRevoked?.();
      },
    });
  }

  /** All that was begun comes to its end. @returns what happened since the last time. */
  async settle(): Promise<string[]> {
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    return this.events.splice(0);
  }
}

test('a record has the time of the clock, its headers and bytes of its own', async (t) => {
  const { broker, log } = await Scene.make(t);
  const value = Buffer.from('value');
  log.produce('topic', 0, key, value, undefined, [['trace', 'x']]);
  value.fill(0);
  await log.flush(1);
  t.deepEqual(broker.records('topic', 0), [
    { offset: 0, key, value: Buffer.from('value'), timestamp: 1000, headers: [['trace', 'x']] },
  ]);
  const read: LogRecord[] = [];
  for (let readers = 0; readers < 2; readers++) {
    await new Promise<void>((resolve, reject) => {
      const onRecord = (record: LogRecord): void => {
        read.push({ ...record, value: record.value && Buffer.from(record.value) });
        record.value?.fill(0);
        resolve();
      };
      log.readPartition({ topic: 'topic', partition: 0, offset: 0, onRecord, onError: reject }).catch(reject);
    });
  }
  t.deepEqual(
    read.map((record) => record.value?.toString()),
    ['value', 'value'],
  );
  t.is(read[0]?.timestamp, 1000);
  t.deepEqual(broker.topicConfig('topic'), { 'cleanup.policy': 'compact' });
  t.is(broker.topicConfig('other'), undefined);
});

test('records are delivered and acknowledged in later turns, readers first', async (t) => {
  const scene = await Scene.make(t);
  await scene.read();
  scene.log.produce('topic', 0, key, Buffer.from('x'), (offset) => scene.events.push(`acknowledged ${offset}`));
  await Promise.resolve();
  t.deepEqual(scene.events, []);
  t.deepEqual(await scene.settle(), ['read x@0', 'acknowledged 0']);
});

test('what one callback throws or awaits does not touch the next record', async (t) => {
  const { log } = await Scene.make(t);
  const order: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const onRecord = ({ offset }: LogRecord): void => {
      order.push(`record ${offset}`);
      void Promise.resolve().then(() => order.push(`behind ${offset}`));
      if (offset === 1) resolve();
    };
    log.readPartition({ topic: 'topic', partition: 0, offset: 0, onRecord, onError: reject }).catch(reject);
    log.produce('topic', 0, key, null);
    log.produce('topic', 0, key, null);
  });
  await Promise.resolve();
  t.deepEqual(order, ['record 0', 'behind 0', 'record 1', 'behind 1']);
});

test('a queue that is full refuses records until it has room', async (t) => {
  const scene = await Scene.make(t);
  scene.broker.refuseRecords();
  const error = t.throws(() => scene.write('x'), { instanceOf: LogError });
  t.true(error?.queueFull);
  scene.broker.acceptRecords();
  scene.write('y');
  await scene.read();
  t.deepEqual(await scene.settle(), ['read y@0']);
});

test('a partition that is held back is written to, and delivered when it is released', async (t) => {
  const scene = await Scene.make(t);
  await scene.read();
  scene.broker.hold('topic', 0);
  scene.write('x');
  t.deepEqual(await scene.settle(), []);
  t.is(await scene.log.endOf('topic', 0), 1);
  scene.broker.release('topic', 0);
  t.deepEqual(await scene.settle(), ['read x@0']);
});

test('a record can be lost though it was acknowledged, or be there twice', async (t) => {
  const scene = await Scene.make(t);
  scene.broker.dropNext('topic', 0);
  scene.broker.duplicateNext('topic', 0);
  for (const value of ['lost', 'twice', 'once']) {
    scene.log.produce('topic', 0, key, Buffer.from(value), (offset) => scene.events.push(`${value}@${offset}`));
  }
  t.deepEqual(await scene.settle(), ['lost@0', 'twice@1', 'once@3']);
  await scene.read();
  t.deepEqual(await scene.settle(), ['read twice@1', 'read twice@2', 'read once@3']);
});

test('the end of a partition is told although its last record is gone', async (t) => {
  const { broker, log } = await Scene.make(t);
  broker.dropNext('topic', 0);
  log.produce('topic', 0, key, null);
  const end = await new Promise<number>((resolve, reject) => {
    const options = { topic: 'topic', partition: 0, offset: 'start', onRecord: reject, onError: reject } as const;
    log.readPartition({ ...options, onEnd: (offset) => offset > 0 && resolve(offset) }).catch(reject);
  });
  t.is(end, 1);
});

test('a reader from the start begins with the oldest record where older ones are gone', async (t) => {
  const scene = await Scene.make(t);
  for (const value of ['a', 'b', 'c']) scene.write(value);
  await scene.log.flush(1);
  scene.broker.deleteRecords('topic', 0, 2);
  await scene.read();
  t.deepEqual(await scene.settle(), ['read c@2']);
});

test('errors of readers are told in a later turn, and the readers go on', async (t) => {
  const scene = await Scene.make(t);
  await scene.read();
  await scene.join('member', scene.log);
  await scene.settle();
  scene.broker.failReaders('topic', new LogError('no', { code: 29 }));
  t.deepEqual(scene.events, []);
  scene.write('x');
  t.deepEqual(await scene.settle(), ['read error 29', 'member error 29', 'read x@0', 'member 0:x']);
});

test('while the broker is out of reach records wait and requests fail; all goes on when it is back', async (t) => {
  const scene = await Scene.make(t);
  const other = scene.open('b');
  await scene.read();
  await scene.read('other', other);
  const member = await scene.join('member', scene.log);
  await scene.settle();
  scene.broker.disconnect(scene.log);
  t.deepEqual(await scene.settle(), ['a trouble -187', 'read error -187', 'member error -187']);
  scene.write('waits');
  other.produce('topic', 0, key, Buffer.from('comes'));
  const committed = member
    .commit([{ topic: 'topic', partition: 0, offset: 1 }])
    .then(() => scene.events.push('committed'));
  for (const request of [
    () => scene.log.partitions('topic'),
    () => scene.log.topics(''),
    () => scene.log.createTopic({ name: 'more', partitions: 1 }),
    () => scene.log.deleteTopic('topic'),
    () => scene.log.endOf('topic', 0),
    () => scene.log.hasRecordSince('topic', 0),
    () => scene.join('late', scene.log),
  ]) {
    const error = await t.throwsAsync<LogError>(request, { instanceOf: LogError });
    t.true(error?.retriable);
  }
  t.deepEqual(await scene.settle(), ['other comes@0']);
  scene.broker.reconnect();
  await committed;
  t.deepEqual((await scene.settle()).sort(), [
    'committed',
    'member 0:comes',
    'member 0:waits',
    'other waits@1',
    'read comes@0',
    'read waits@1',
  ]);
  t.is(scene.broker.committed('group', 'topic', 0), 1);
});

test('a flush while the broker is out of reach ends with its time, or with the records', async (t) => {
  const scene = await Scene.make(t);
  scene.broker.disconnect();
  scene.write('x');
  void scene.log.flush(100).then(() => scene.events.push('flushed'));
  t.deepEqual(await scene.settle(), ['a trouble -187']);
  scene.clock.pass(100);
  t.deepEqual(await scene.settle(), ['flushed']);
  void scene.log.flush(100).then(() => scene.events.push('flushed'));
  scene.broker.expireRecords();
  t.deepEqual(await scene.settle(), ['a lost topic[0] -192', 'flushed']);
  t.is(scene.clock.waits, 0);
  scene.broker.reconnect();
  t.deepEqual(await scene.settle(), []);
  t.deepEqual(scene.broker.records('topic', 0), []);
});

test('members share the partitions, keep what they may keep, and take over from one that dies', async (t) => {
  const scene = await Scene.make(t);
  const [b, c] = [scene.open('b'), scene.open('c')];
  const first = await scene.join('a', scene.log);
  t.deepEqual(await scene.settle(), ['a gets 0,1,2,3']);
  await first.commit([{ topic: 'topic', partition: 3, offset: 1 }]);
  for (const partition of [0, 1, 2, 3]) {
    scene.write('x', partition);
    scene.write('y', partition);
  }
  await scene.settle();
  await scene.join('b', b);
  t.deepEqual(await scene.settle(), ['a returns 2,3', 'b gets ', 'a gets ', 'b gets 2,3', 'b 3:y', 'b 2:x', 'b 2:y']);
  await scene.join('c', c);
  t.deepEqual(await scene.settle(), ['a gets ', 'b returns 3', 'c gets ', 'a gets ', 'b gets ', 'c gets 3', 'c 3:y']);
  scene.broker.kill(b);
  t.deepEqual(await scene.settle(), ['a gets ', 'c gets 2', 'c 2:x', 'c 2:y']);
});

test('partitions that are added go to members, and no record comes twice', async (t) => {
  const scene = await Scene.make(t);
  await scene.join('a', scene.log);
  scene.write('x', 0);
  await scene.settle();
  scene.broker.addPartitions('topic', 6);
  t.deepEqual(await scene.settle(), ['a gets 4,5']);
  scene.write('y', 0);
  scene.write('z', 5);
  t.deepEqual((await scene.settle()).sort(), ['a 0:y', 'a 5:z']);
  t.throws(() => scene.broker.addPartitions('none', 2), { message: /has no topic none/ });
});

test('a log that was killed sends, reads and answers nothing, and can be closed', async (t) => {
  const scene = await Scene.make(t);
  const dead = scene.open('dead');
  const member = await scene.join('dead', dead);
  await scene.read('dead', dead);
  await scene.settle();
  dead.produce('topic', 0, key, null, () => scene.events.push('acknowledged'));
  const commit = member.commit([{ topic: 'topic', partition: 0, offset: 1 }]);
  scene.broker.kill(dead);
  await t.throwsAsync(commit, { instanceOf: LogError });
  await t.throwsAsync(dead.partitions('topic'), { instanceOf: LogError });
  t.throws(() => dead.produce('topic', 0, key, null), { instanceOf: LogError });
  scene.write('x');
  await dead.flush(1000);
  await dead.close();
  t.deepEqual(await scene.settle(), []);
  t.is(scene.clock.waits, 0);
});

test('onRevoked is awaited for its time at most, and nothing is delivered meanwhile', async (t) => {
  const scene = await Scene.make(t);
  await scene.join('a', scene.log, () => new Promise(() => undefined));
  await scene.settle();
  const second = scene.open('b');
  await scene.join('b', second);
  scene.write('x', 0);
  scene.write('x', 3);
  t.deepEqual(await scene.settle(), ['a returns 2,3', 'b gets ']);
  scene.clock.pass(4999);
  t.deepEqual(await scene.settle(), []);
  scene.clock.pass(1);
  t.deepEqual(await scene.settle(), ['a 0:x', 'a gets ', 'b gets 2,3', 'b 3:x']);
  // A log that closes waits for that too.
  const closing = scene.log.close();
  await scene.settle();
  scene.clock.pass(5000);
  await closing;
});

test('readers hear that their topic was deleted, and read the one that takes its place; its offsets are new', async (t) => {
  const scene = await Scene.make(t);
  for (const value of ['x', 'y']) scene.write(value);
  const member = await scene.join('a', scene.log);
  await scene.read();
  await scene.settle();
  await member.commit([{ topic: 'topic', partition: 0, offset: 2 }]);
  t.is(scene.broker.committed('group', 'topic', 0), 2);
  t.true(scene.broker.deleteTopic('topic'));
  t.false(scene.broker.deleteTopic('topic'));
  t.deepEqual(await scene.settle(), ['a error -190', 'a error 3', 'read error -190', 'read error 3']);
  await scene.log.createTopic({ name: 'topic', partitions: 1 });
  t.is(scene.broker.committed('group', 'topic', 0), undefined);
  scene.write('new');
  t.deepEqual(await scene.settle(), ['a returns 1,2,3', 'a 0:new', 'read new@0', 'a gets ']);
});

test('a reader of a partition that an error ends goes on where it was', async (t) => {
  const scene = await Scene.make(t);
  await scene.read();
  scene.write('a');
  await scene.settle();
  await scene.broker.interruptReaders('topic', new LogError('broken', { code: -170 }));
  scene.write('b');
  t.deepEqual(await scene.settle(), ['a ended by -170']);
  scene.broker.restoreReaders('topic');
  t.deepEqual(await scene.settle(), ['read b@1']);
  scene.broker.restoreReaders('topic');
  t.deepEqual(await scene.settle(), []);
});

test('a member that an error ends gives its partitions back, and joins the group again', async (t) => {
  const scene = await Scene.make(t);
  await scene.join('a', scene.log);
  await scene.settle();
  await scene.broker.interruptReaders('topic', new LogError('broken', { code: 30 }));
  t.deepEqual(await scene.settle(), ['a interrupted', 'a returns 0,1,2,3', 'a ended by 30']);
  scene.broker.restoreReaders('topic');
  t.deepEqual(await scene.settle(), ['a gets 0,1,2,3', 'a restored']);
});
