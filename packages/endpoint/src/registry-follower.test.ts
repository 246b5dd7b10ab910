import type { LogRecord, PartitionReaderOptions } from '@wherry/kafka';
import { LogError } from '@wherry/kafka';
import { decodeRegistryRecord, encodeDescriptors, encodeRegistration, type Registration } from '@wherry/wire';
import test, { type ExecutionContext } from 'ava';
import { type FollowerHost, RegistryFollower } from './registry-follower.js';

const LEASE_MS = 6000;

/** A registry topic in memory, a clock that a test moves, and a follower that uses both. */
class FakeRegistry {
  readonly topics: { name: string; config?: Readonly<Record<string, string>> }[] = [];
  readonly warnings: string[] = [];
  readonly follower: RegistryFollower;
  now = 1000;
  changes = 0;
  /** The broker's error for every request; undefined while it answers. */
  trouble: LogError | undefined;
  /** How many more questions and readers fail, because a broker does not know the new topic. */
  unknownTo = { endOf: 0, reader: 0 };
  /** The broker's error if this client may not see the topic. */
  hidden: LogError | undefined;
  /** While false, the reader delivers no records that are written. */
  reading = true;
  exists = false;
  #records: LogRecord[] = [];
  #reader: PartitionReaderOptions | undefined;
  #delivered = 0;
  #tick = (): void => undefined;

  constructor(t: ExecutionContext) {
    t.timeout(20_000);
    const log: FollowerHost['log'] = {
      partitions: async () => (this.exists ? 1 : 0),
      checkAccess: async () => {
        if (this.hidden !== undefined) throw this.hidden;
      },
      createTopic: async (topic) => {
        if (this.trouble !== undefined) throw this.trouble;
        this.topics.push(topic);
        this.exists = true;
        return true;
      },
      endOf: async () => {
        if (this.trouble !== undefined) throw this.trouble;
        if (this.unknownTo.endOf-- > 0) throw new LogError('unknown partition', { code: -190 });
        return this.#records.length;
      },
      readPartition: async (options) => {
        t.is(options.offset, 'start');
        this.#reader = options;
        this.#delivered = 0;
        if (this.unknownTo.reader-- > 0) options.onError(new LogError('unknown topic', { code: 3 }));
        else this.deliver();
        return {
          lag: 0,
          close: async () => {
            if (this.#reader === options) this.#reader = undefined;
          },
        };
      },
    };
    this.follower = new RegistryFollower(
      {
        namespace: 'test',
        log,
        readRegistry: (record) => decodeRegistryRecord(record.key, record.value),
        warnOnce: (doing, error) => this.warnings.push(`${doing}: ${error}`),
      },
      {
        now: () => this.now,
        every: (_ms, run) => {
          this.#tick = run;
          return () => {
            this.#tick = () => undefined;
          };
        },
      },
    );
    this.follower.onChange(() => this.changes++);
    t.teardown(() => this.follower.close());
  }

  async open(): Promise<void> {
    this.follower.open();
    await this.follower.ready;
  }

  write({ key, value }: { key: Buffer; value: Buffer | null }): void {
    this.#records.push({ topic: 'test.registry', partition: 0, offset: this.#records.length, key, value });
    this.deliver();
  }

  /** Writes the registration of a worker. */
  register(topic: string, parts: Partial<Registration> = {}): void {
    const registration = { writtenAt: Date.now(), startedAt: 1, leaseMs: LEASE_MS, services: [one], ...parts };
    this.write(encodeRegistration({ topic, partition: 0 }, registration));
  }

  deliver(): void {
    while (this.reading && this.#reader !== undefined && this.#delivered < this.#records.length) {
      this.#reader.onRecord(this.#records[this.#delivered++] as LogRecord);
    }
  }

  fail(error: LogError): void {
    this.#reader?.onError(error);
  }

  /** Moves the clock on, and the follower's timer keeps up with it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      this.now += Math.min(500, left);
      await this.tick();
    }
  }

  /** Fires the timer, and waits until the work that it starts has ended. */
  async tick(): Promise<void> {
    this.#tick();
    await turn();
  }
}

const one = { name: 'a.One', descriptors: undefined };
const two = { name: 'a.Two', descriptors: undefined };
const unreachable = new LogError('no broker', { code: -195 });

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a missing topic is made, compacted and short', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  t.true(registry.follower.following);
  t.like(registry.topics, [{ name: 'test.registry', partitions: 1 }]);
  t.regex(registry.topics[0]?.config?.['cleanup.policy'] ?? '', /compact/);
});

test('once the follower is ready, it knows the earlier registrations, and reports one change', async (t) => {
  const registry = new FakeRegistry(t);
  registry.exists = true;
  registry.register('x');
  registry.register('y', { services: [one, two] });
  registry.register('gone', { services: [{ name: 'a.Gone', descriptors: undefined }] });
  registry.write(encodeRegistration({ topic: 'gone', partition: 0 }, undefined));
  registry.register('dead', {
    writtenAt: Date.now() - LEASE_MS,
    services: [{ name: 'a.Dead', descriptors: undefined }],
  });
  // A registration counts even if its writer's clock is ahead.
  registry.register('early', {
    writtenAt: Date.now() + 3_600_000,
    services: [{ name: 'a.Early', descriptors: undefined }],
  });
  await registry.open();
  t.deepEqual(registry.topics, []);
  t.deepEqual([...registry.follower.services].sort(), ['a.Early', 'a.One', 'a.Two']);
  t.is(registry.follower.instances('a.One'), 2);
  t.is(registry.changes, 1);
});

test('workers come, go and change; renewals change nothing', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  const { follower } = registry;
  const changes = (act: () => void): number => {
    const before = registry.changes;
    act();
    return registry.changes - before;
  };
  t.is(
    changes(() => registry.register('x')),
    1,
  );
  t.is(
    changes(() => registry.register('x')),
    0,
  );
  t.is(
    changes(() => registry.register('x', { services: [one, two] })),
    1,
  );
  t.is(
    changes(() => registry.register('y')),
    1,
  );
  t.deepEqual([follower.instances('a.One'), follower.instances('a.Two')], [2, 1]);
  t.is(
    changes(() => registry.write(encodeRegistration({ topic: 'x', partition: 0 }, undefined))),
    1,
  );
  t.is(
    changes(() => registry.write(encodeRegistration({ topic: 'x', partition: 0 }, undefined))),
    0,
  );
  t.deepEqual(follower.services, ['a.One']);
});

test('the descriptors are those of the youngest instance that has any', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  const [old, young] = ['old', 'young'].map((text) => encodeDescriptors([Buffer.from(text)]));
  if (old === undefined || young === undefined) return t.fail();
  const shown = (): string | undefined => registry.follower.descriptors('a.One')?.files.join();
  registry.write(old);
  registry.register('x', { startedAt: 5, services: [{ name: 'a.One', descriptors: old.hash }] });
  t.is(shown(), 'old');
  registry.register('y', { startedAt: 9, services: [{ name: 'a.One', descriptors: young.hash }] });
  t.is(shown(), 'old', 'those of the younger are not there yet');
  registry.write(young);
  t.is(shown(), 'young');
  registry.register('x', { startedAt: 5, services: [{ name: 'a.One', descriptors: old.hash }] });
  registry.register('z', { startedAt: 10 });
  t.is(shown(), 'young', 'whoever wrote last, and whoever has none');
  registry.write(encodeRegistration({ topic: 'y', partition: 0 }, undefined));
  t.is(shown(), 'old');
});

test('an instance that does not renew its lease is gone, and one that renews it is not', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.register('silent', { leaseMs: 1000 });
  registry.register('lively', { leaseMs: 1000, services: [two] });
  await registry.pass(500);
  registry.register('lively', { leaseMs: 1000, services: [two] });
  t.deepEqual(registry.follower.services, ['a.One', 'a.Two']);
  await registry.pass(500);
  t.deepEqual(registry.follower.services, ['a.Two']);
});

test('a worker whose clock is late is not gone: it writes again', async (t) => {
  const registry = new FakeRegistry(t);
  registry.exists = true;
  const late = { writtenAt: Date.now() - 30_000, renewMs: 500 };
  registry.register('late', late);
  registry.register('dead', { ...late, services: [two] });
  await registry.open();
  t.deepEqual(registry.follower.services, []);
  const certain: string[] = [];
  void registry.follower.untilCertain('a.One').then(() => certain.push('one'));
  void registry.follower.untilCertain('a.Two').then(() => certain.push('two'));
  await registry.follower.untilCertain('a.Other');
  await registry.pass(500);
  t.deepEqual(certain, []);
  registry.register('late', late);
  await turn();
  t.deepEqual(certain, ['one']);
  t.deepEqual(registry.follower.services, ['a.One']);
  await registry.pass(1000);
  t.deepEqual(certain, ['one', 'two']);
  t.deepEqual(registry.follower.services, ['a.One']);
});

test('waiting for certainty ends if the worker leaves', async (t) => {
  const registry = new FakeRegistry(t);
  registry.exists = true;
  registry.register('late', { writtenAt: Date.now() - 30_000 });
  await registry.open();
  const certain = [registry.follower.untilCertain('a.One'), registry.follower.untilCertain()];
  registry.write(encodeRegistration({ topic: 'late', partition: 0 }, undefined));
  await t.notThrowsAsync(Promise.all(certain));
  t.deepEqual(registry.follower.services, []);
});

test('waiting for certainty ends in time, even if Kafka does not answer', async (t) => {
  const registry = new FakeRegistry(t);
  registry.exists = true;
  registry.register('late', { writtenAt: Date.now() - 30_000, renewMs: 500 });
  await registry.open();
  const certain: string[] = [];
  void registry.follower.untilCertain('a.One').then(() => certain.push('one'));
  registry.trouble = unreachable;
  await registry.pass(1000);
  t.deepEqual(certain, []);
  await registry.pass(1000);
  t.deepEqual(certain, ['one']);
});

test('waiting for certainty ends within 7 s, however long the lease is', async (t) => {
  const registry = new FakeRegistry(t);
  registry.exists = true;
  registry.register('dead', { writtenAt: Date.now() - 120_000, leaseMs: 60_000 });
  await registry.open();
  let certain = false;
  void registry.follower.untilCertain().then(() => {
    certain = true;
  });
  await registry.pass(6500);
  t.false(certain);
  await registry.pass(500);
  t.true(certain);
});

test('waiting for certainty ends with its signal', async (t) => {
  const registry = new FakeRegistry(t);
  registry.exists = true;
  registry.register('late', { writtenAt: Date.now() - 30_000 });
  await registry.open();
  const stop = new AbortController();
  const certain = registry.follower.untilCertain('a.One', stop.signal);
  stop.abort();
  await t.notThrowsAsync(certain);
  t.deepEqual(registry.follower.services, []);
});

test('a worker whose clock is late stays while the follower reads the topic anew', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.register('late', { writtenAt: Date.now() - 30_000, renewMs: 500 });
  t.deepEqual(registry.follower.services, ['a.One']);
  registry.fail(new LogError('no right to read', { code: 29 }));
  t.false(registry.follower.following);
  await registry.open();
  t.true(registry.follower.following);
  t.deepEqual(registry.follower.services, ['a.One']);
});

test('a worker whose clock is a little late has time to write again', async (t) => {
  const registry = new FakeRegistry(t);
  registry.exists = true;
  registry.register('late', { writtenAt: Date.now() - LEASE_MS + 900, renewMs: 500 });
  await registry.open();
  await registry.pass(1000);
  t.deepEqual(registry.follower.services, ['a.One']);
  await registry.pass(1000);
  t.deepEqual(registry.follower.services, []);
});

test('waiting for certainty ends when the follower is closed', async (t) => {
  const registry = new FakeRegistry(t);
  registry.exists = true;
  registry.register('late', { writtenAt: Date.now() - 30_000 });
  await registry.open();
  const certain = registry.follower.untilCertain('a.One');
  await registry.follower.close();
  await t.notThrowsAsync(certain);
});

test('a lease of more than a minute counts as one of a minute', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.register('x', { leaseMs: 2 ** 32 - 1 });
  await registry.pass(59_500);
  t.deepEqual(registry.follower.services, ['a.One']);
  await registry.pass(1000);
  t.deepEqual(registry.follower.services, []);
});

test('a renewal that was written and not read yet counts', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.register('x', { leaseMs: 1000 });
  registry.reading = false;
  registry.register('x', { leaseMs: 1000 });
  await registry.pass(1500);
  t.deepEqual(registry.follower.services, ['a.One']);
  registry.reading = true;
  registry.deliver();
  await registry.tick();
  t.deepEqual(registry.follower.services, ['a.One']);
  await registry.pass(1500);
  t.deepEqual(registry.follower.services, []);
});

test('no instance is gone while Kafka is out of reach, and each gets a whole lease afterwards', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.register('x', { leaseMs: 1000 });
  registry.trouble = unreachable;
  await registry.pass(3000);
  t.deepEqual(registry.follower.services, ['a.One']);
  registry.trouble = undefined;
  await registry.pass(1000);
  t.deepEqual(registry.follower.services, ['a.One']);
  await registry.pass(1500);
  t.deepEqual(registry.follower.services, [], 'it has not used it');
});

test('each instance gets a whole lease after the follower itself was held up', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.register('x', { leaseMs: 1000 });
  registry.now += 60_000;
  await registry.tick();
  t.deepEqual(registry.follower.services, ['a.One']);
  await registry.pass(1500);
  t.deepEqual(registry.follower.services, []);
});

/** A service as a worker registers it that reads these partitions. */
const reading = (...partitions: number[]) => ({ ...one, partitions });
const partitionsOf = ({ follower }: FakeRegistry): number[] | string => {
  const read = follower.partitions('a.One');
  return typeof read === 'string' ? read : [...read].sort((a, b) => a - b);
};

test('the partitions of a service are those that its workers read, and each change of them is told', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  let told = 0;
  registry.follower.onPartitionsChange(() => told++);
  t.is(partitionsOf(registry), 'none');
  registry.register('x', { services: [reading()] });
  t.is(partitionsOf(registry), 'none', 'it has no partition yet');
  registry.register('x', { services: [reading(0, 1, 2)] });
  t.deepEqual(partitionsOf(registry), [0, 1, 2]);
  registry.register('y', { services: [reading(3)] });
  t.deepEqual(partitionsOf(registry), [0, 1, 2, 3]);
  registry.register('x', { services: [reading(0, 1)] });
  t.deepEqual(partitionsOf(registry), [0, 1, 3]);
  t.is(told, 4);
  registry.register('x', { services: [reading(0, 1)] });
  t.is(told, 4, 'a renewal changes nothing');
  t.is(registry.changes, 3, 'other partitions do not change the services');
  registry.register('old', { services: [one] });
  t.is(partitionsOf(registry), 'unsaid', 'one of the workers does not say');
  registry.fail(new LogError('gone', { code: 3 }));
  t.is(partitionsOf(registry), 'unsaid', 'the registry is not read');
});

test('the partitions of a worker that misses its renewals do not count, until it renews', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  const renew = (topic: string, ...partitions: number[]): void =>
    registry.register(topic, { renewMs: 500, services: [reading(...partitions)] });
  let told = 0;
  registry.follower.onPartitionsChange(() => told++);
  renew('dies', 0, 1);
  renew('lives', 2, 3);
  for (let ms = 0; ms < 2000; ms += 500) {
    await registry.pass(500);
    renew('lives', 2, 3);
  }
  t.deepEqual(partitionsOf(registry), [2, 3]);
  t.is(registry.follower.instances('a.One'), 2, 'its lease has not ended');
  t.is(told, 3);
  renew('dies', 0, 1);
  t.deepEqual(partitionsOf(registry), [0, 1, 2, 3]);
  t.is(told, 4);
});

test('if all workers miss their renewals, Kafka or this instance was held up, and none of them counts as silent', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.register('x', { renewMs: 500, services: [reading(0)] });
  registry.register('y', { renewMs: 500, services: [reading(1)] });
  await registry.pass(2500);
  t.is(partitionsOf(registry), 'none', 'nobody knows which partitions are read');
  registry.register('y', { renewMs: 500, services: [reading(1)] });
  t.deepEqual(partitionsOf(registry), [1]);
});

test('a worker that was silent before the follower was held up stays silent until it writes', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.register('x', { renewMs: 500, services: [reading(0)] });
  await registry.pass(2500);
  registry.register('y', { renewMs: 500, services: [reading(1)] });
  t.deepEqual(partitionsOf(registry), [1]);
  registry.now += 60_000;
  await registry.tick();
  t.deepEqual(partitionsOf(registry), [1]);
  registry.register('x', { renewMs: 500, services: [reading(0)] });
  t.deepEqual(partitionsOf(registry), [0, 1]);
});

test('a worker that was dead before the follower began is silent from the start', async (t) => {
  const registry = new FakeRegistry(t);
  registry.exists = true;
  registry.register('dead', { renewMs: 500, writtenAt: Date.now() - 3000, services: [reading(0)] });
  registry.register('alive', { renewMs: 500, services: [reading(1)] });
  await registry.open();
  t.deepEqual(partitionsOf(registry), [1]);
  t.is(registry.follower.instances('a.One'), 2);
});

test('if the topic may not be made, that is logged once, and nothing is known', async (t) => {
  const registry = new FakeRegistry(t);
  registry.trouble = new LogError('making topic test.registry: no', { code: 29 });
  await registry.open();
  t.false(registry.follower.following);
  t.is(registry.warnings.length, 1);
  t.regex(registry.warnings[0] ?? '', /test\.registry.*option discovery.*no/);
});

test('a topic that some brokers do not know yet is tried again at once, and nothing is logged', async (t) => {
  const registry = new FakeRegistry(t);
  registry.unknownTo = { endOf: 2, reader: 2 };
  registry.register('x');
  await registry.open();
  t.true(registry.follower.following);
  t.deepEqual(registry.follower.services, ['a.One']);
  t.deepEqual(registry.warnings, []);
  t.is(registry.changes, 1);
});

test('a topic that this client may not see is given up at once, with the right that it needs', async (t) => {
  const registry = new FakeRegistry(t);
  registry.unknownTo = { endOf: Number.POSITIVE_INFINITY, reader: 0 };
  registry.hidden = new LogError('needs the right Read', { code: 29 });
  await registry.open();
  t.false(registry.follower.following);
  t.is(registry.warnings.length, 1);
  t.regex(registry.warnings[0] ?? '', /needs the right Read/);
});

test('a topic that stays unknown is given up for now', async (t) => {
  const registry = new FakeRegistry(t);
  registry.unknownTo = { endOf: Number.POSITIVE_INFINITY, reader: 0 };
  const opening = registry.open();
  await turn();
  registry.now += 60_000;
  await opening;
  t.false(registry.follower.following);
  t.is(registry.warnings.length, 1);
});

test('a follower that is closed while its topic is unknown ends at once', async (t) => {
  const registry = new FakeRegistry(t);
  registry.unknownTo = { endOf: 0, reader: Number.POSITIVE_INFINITY };
  const opening = registry.open();
  await turn();
  await registry.follower.close();
  await opening;
  t.false(registry.follower.following);
  t.deepEqual(registry.warnings, []);
});

test('a topic that is deleted or forbidden later is given up for now; other errors are passed over', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.register('x');
  registry.fail(unreachable);
  t.true(registry.follower.following);
  const before = registry.changes;
  registry.fail(new LogError('gone', { code: 3 }));
  t.false(registry.follower.following);
  t.is(registry.changes, before + 1);
  registry.fail(new LogError('gone', { code: 3 }));
  t.is(registry.warnings.length, 1);
  await t.throwsAsync(registry.follower.catchUp());
});

test('catching up waits until every record in the topic was read', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.reading = false;
  registry.register('x');
  let caughtUp = false;
  const catchingUp = registry.follower.catchUp().then(() => {
    caughtUp = true;
  });
  await turn();
  t.false(caughtUp);
  registry.reading = true;
  registry.deliver();
  await catchingUp;
  t.true(registry.follower.serves('a.One'));
});

test('catching up during another catch-up also reads the records that came after that one began', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.reading = false;
  registry.register('x');
  const first = registry.follower.catchUp();
  await turn();
  registry.register('y', { services: [{ name: 'a.Two', descriptors: undefined }] });
  const second = registry.follower.catchUp();
  registry.reading = true;
  registry.deliver();
  await Promise.all([first, second]);
  t.true(registry.follower.serves('a.Two'));
});

test('closing ends every wait, and is harmless when repeated', async (t) => {
  const registry = new FakeRegistry(t);
  await registry.open();
  registry.reading = false;
  registry.register('x');
  const waiting = registry.follower.catchUp();
  await turn();
  await Promise.all([registry.follower.close(), registry.follower.close()]);
  await t.throwsAsync(waiting, { message: /closed/ });
  t.false(registry.follower.following);
});
