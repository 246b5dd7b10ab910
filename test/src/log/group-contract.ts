import { LogError } from '@wherry/kafka';
import type { ExecutionContext, TestFn } from 'ava';
import { signal } from '../support/harness.js';
import { newName, numbered, Received, range, type TestLog } from '../support/log-records.js';
import type { LogKind } from './log-kind.js';

const PARTITIONS = 4;

/** A kind of log, and how its groups work. */
export interface GroupKind extends LogKind {
  /** For the names of tests. */
  readonly name: string;
  /**
   * When a group gives out partitions. With the `consumer` protocol Kafka tells a member of a change with a heartbeat, and wants
   * one every five seconds. The embedded broker lets a classic group wait three seconds before it gives out partitions.
   */
  readonly assigns: 'at once' | 'at a heartbeat' | 'after seconds';
}

/** What the port promises of consumer groups: one suite for every kind of log. */
export function groupContract(test: TestFn, kind: GroupKind): void {
  const { assigns } = kind;
  const named = (name: string): string => `${name} (${kind.name})`;
  const onQuick = assigns === 'after seconds' ? test.skip : test;
  /** The embedded broker does not tell a group of a new topic. */
  const onWholeKafka = kind.embedded ? test.skip : test;
  const onBrisk = assigns === 'at once' ? test : test.skip;

  /** A log, and a topic of four partitions that is deleted with the test. */
  async function open(t: ExecutionContext): Promise<TestLog & { topic: string }> {
    t.timeout(30_000);
    const opened = await kind.open(t);
    const topic = newName('log');
    await opened.log.createTopic({ name: topic, partitions: PARTITIONS });
    t.teardown(() => opened.log.deleteTopic(topic).catch(() => false));
    return { ...opened, topic };
  }

  test(named('of two members each gets a part of the partitions, and each record goes to one'), async (t) => {
    const { log, topic } = await open(t);
    const group = newName('group');
    const members = await Promise.all([joined(log, topic, group), joined(log, topic, group)]);
    await shared(members);
    for (const partition of range(0, PARTITIONS))
      await numbered(log, topic, partition, partition * 100, partition * 100 + 100);
    const [a, b] = members;
    await Promise.all(
      [
        a.received.until(() => a.received.records.length + b.received.records.length >= 400),
        b.received.until(() => a.received.records.length + b.received.records.length >= 400),
        a.received.until(() => a.received.records.length >= 100 * a.reader().assigned.length),
        b.received.until(() => b.received.records.length >= 100 * b.reader().assigned.length),
      ].slice(2),
    );
    t.deepEqual(
      [...a.received.numbers, ...b.received.numbers].sort((x, y) => x - y),
      range(0, 400),
    );
    const partitionsOf = (member: Member): number[] =>
      [...new Set(member.received.records.map((r) => r.partition))].sort();
    t.deepEqual([...partitionsOf(a), ...partitionsOf(b)].sort(), range(0, PARTITIONS));
  });

  onQuick(
    named('a new member goes on where the last one committed, and what was not committed is given again'),
    async (t) => {
      const { log, topic } = await open(t);
      const group = newName('group');
      await numbered(log, topic, 2, 0, 10);
      const first = await joined(log, topic, group);
      await first.received.count(10);
      await first.reader().commit([{ topic, partition: 2, offset: 6 }]);
      await first.reader().close();
      const second = await joined(log, topic, group);
      await second.received.count(4);
      t.deepEqual(second.received.numbers, range(6, 10));
      await second.reader().close();
      const third = await joined(log, topic, group);
      await third.received.count(4);
      t.deepEqual(third.received.numbers, range(6, 10));
      // A group of its own begins at the earliest.
      const other = await joined(log, topic, newName('group'));
      await other.received.count(10);
      t.deepEqual(other.received.numbers, range(0, 10));
    },
  );

  onQuick(
    named('a member whose committed offset the partition does not have begins with the oldest record'),
    async (t) => {
      const { log, topic } = await open(t);
      const group = newName('group');
      await numbered(log, topic, 1, 0, 10);
      const first = await joined(log, topic, group);
      await first.received.count(10);
      await first.reader().commit([{ topic, partition: 1, offset: 1000 }]);
      await first.reader().commit([]);
      await first.reader().close();
      const second = await joined(log, topic, group);
      await second.received.count(10);
      t.deepEqual(second.received.numbers, range(0, 10));
    },
  );

  onWholeKafka(named('a member that comes before its topic gets its partitions when it is made'), async (t) => {
    t.timeout(30_000);
    const { log } = await kind.open(t);
    const topic = newName('late');
    const member = await joined(log, topic, newName('group'));
    t.is(await log.partitions(topic), 0);
    await log.createTopic({ name: topic, partitions: PARTITIONS });
    t.teardown(() => log.deleteTopic(topic).catch(() => false));
    await member.changed(() => member.reader().assigned.length === PARTITIONS);
    await numbered(log, topic, 3, 0, 10);
    await member.received.count(10);
    t.deepEqual(member.received.numbers, range(0, 10));
    t.deepEqual(member.received.errors, []);
  });

  onBrisk(named('a member that leaves in order hands over quickly'), async (t) => {
    const { log, topic } = await open(t);
    const group = newName('group');
    const members = await Promise.all([joined(log, topic, group), joined(log, topic, group)]);
    await shared(members);
    const [leaving, staying] = members;
    const begun = Date.now();
    await leaving.reader().close();
    await staying.changed(() => staying.reader().assigned.length === PARTITIONS);
    // If it had not said good-bye, its session of half a minute would have had to end first.
    t.true(Date.now() - begun < 20_000, `it took ${Date.now() - begun} ms`);
    t.deepEqual(leaving.reader().assigned, []);
  });

  onQuick(named('a partition moves only when what onRevoked does is done, commit included'), async (t) => {
    const { log, topic } = await open(t);
    const group = newName('group');
    for (const partition of range(0, PARTITIONS)) await numbered(log, topic, partition, 0, 10);
    const events: string[] = [];
    const first = await joined(log, topic, group, {
      onRevoked: async (partitions) => {
        // Work that takes its time, and only then the commit.
        await new Promise((resolve) => setTimeout(resolve, 400));
        await first.reader().commit(partitions.map(({ partition }) => ({ topic, partition, offset: 7 })));
        for (const { partition } of partitions) events.push(`given ${partition}`);
      },
    });
    await first.received.count(10 * PARTITIONS);
    const second = await joined(log, topic, group, {
      onAssigned: (partitions) => {
        for (const { partition } of partitions) events.push(`taken ${partition}`);
      },
    });
    await shared([first, second]);
    const moved = second.reader().assigned.map(({ partition }) => partition);
    t.true(moved.length > 0);
    await second.received.count(3 * moved.length);
    for (const partition of moved) {
      t.true(events.indexOf(`given ${partition}`) >= 0, `${events}`);
      t.true(events.indexOf(`given ${partition}`) < events.indexOf(`taken ${partition}`), `${events}`);
      const numbers = second.received.records
        .filter((r) => r.partition === partition)
        .map(({ value }) => Number(value));
      t.deepEqual(numbers, [7, 8, 9]);
    }
  });

  onBrisk(named('onRevoked is waited for no longer than it may take'), async (t) => {
    const { log, topic } = await open(t);
    const group = newName('group');
    const asked = signal();
    const first = await joined(log, topic, group, {
      revokeTimeoutMs: 300,
      onRevoked: () => {
        asked.resolve();
        return new Promise(() => undefined);
      },
    });
    await first.changed(() => first.reader().assigned.length === PARTITIONS);
    const second = await joined(log, topic, group);
    await asked.promise;
    const begun = Date.now();
    await shared([first, second]);
    // Long before the default would have passed, where the group itself is that quick.
    t.true(Date.now() - begun < (kind.embedded ? 15_000 : 5000), `it took ${Date.now() - begun} ms`);
  });

  onQuick(named('onRevoked is awaited when a member leaves too'), async (t) => {
    const { log, topic } = await open(t);
    const group = newName('group');
    await numbered(log, topic, 1, 0, 10);
    const first = await joined(log, topic, group, {
      onRevoked: async (partitions) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        await first
          .reader()
          .commit(partitions.map(({ partition }) => ({ topic, partition, offset: partition === 1 ? 8 : 0 })));
      },
    });
    await first.received.count(10);
    await first.reader().close();
    const second = await joined(log, topic, group);
    await second.received.count(2);
    t.deepEqual(second.received.numbers, [8, 9]);
  });

  onBrisk(
    named('a member beyond the number of partitions waits, and takes over when another one leaves'),
    async (t) => {
      t.timeout(30_000);
      const { log } = await kind.open(t);
      const topic = newName('log');
      await log.createTopic({ name: topic, partitions: 1 });
      t.teardown(() => log.deleteTopic(topic).catch(() => false));
      const count = await log.partitions(topic);
      const group = newName('group');
      const members = [await joined(log, topic, group)];
      await members[0]?.changed(() => members[0]?.reader().assigned.length === count);
      while (members.length <= count) members.push(await joined(log, topic, group));
      const taken = (): number => members.reduce((sum, member) => sum + member.reader().assigned.length, 0);
      const idle = (): Member[] => members.filter((member) => member.reader().assigned.length === 0);
      await anyChanged(members, () => taken() === count && idle().length === 1);
      await members[0]?.reader().close();
      members.shift();
      await anyChanged(members, () => taken() === count && idle().length === 0);
      t.is(taken(), count);
    },
  );

  onQuick(named('pause stops delivery and resume takes it up, with nothing lost and nothing twice'), async (t) => {
    const { log, topic } = await open(t);
    const member = await joined(log, topic, newName('group'));
    await member.changed(() => member.reader().assigned.length === PARTITIONS);
    await numbered(log, topic, 0, 0, 10);
    await member.received.count(10);
    member.reader().pause();
    member.reader().pause();
    const witness = new Received();
    await log.readPartition({ topic, partition: 0, offset: 0, ...witness });
    for (let from = 10; from < 1010; from += 100) await numbered(log, topic, 0, from, from + 100);
    // A reader that is not paused has them all.
    await witness.count(1010);
    const before = member.received.records.length;
    t.true(before <= 110, `${before - 10} records were delivered though the reader was paused`);
    member.reader().resume();
    await member.received.count(1010);
    t.deepEqual(member.received.numbers, range(0, 1010));
  });

  onQuick(
    named('pausing and resuming again and again under a stream of records loses none and repeats none'),
    async (t) => {
      const { log, topic } = await open(t);
      const wanted = 600;
      let count = 0;
      /** The numbers that came of each partition since it was assigned: nothing is committed here, so a rebalance reads all of it again. */
      const numbers = new Map<number, number[]>();
      let tell = (): void => undefined;
      const reader = await log.readGroup({
        topic,
        group: newName('group'),
        onAssigned: (partitions) => {
          for (const { partition } of partitions) numbers.set(partition, []);
        },
        onRecord: ({ partition, value }) => {
          numbers.get(partition)?.push(Number(value));
          tell();
          if (++count % 97 !== 0) return;
          reader.pause();
          setTimeout(() => reader.resume(), count % 5);
        },
        onError: () => undefined,
      });
      for (let from = 0; from < wanted; from += 60) {
        for (const partition of range(0, PARTITIONS)) await numbered(log, topic, partition, from, from + 60);
      }
      const complete = (partition: number): boolean => (numbers.get(partition)?.at(-1) ?? 0) === wanted - 1;
      await new Promise<void>((resolve) => {
        tell = () => range(0, PARTITIONS).every(complete) && resolve();
        tell();
      });
      for (const partition of range(0, PARTITIONS)) t.deepEqual(numbers.get(partition), range(0, wanted));
    },
  );

  onBrisk(
    named('a partition that was taken from a paused reader is read again when the reader gets it back'),
    async (t) => {
      const { log, topic } = await open(t);
      const group = newName('group');
      const first = await joined(log, topic, group);
      await first.changed(() => first.reader().assigned.length === PARTITIONS);
      for (const partition of range(0, PARTITIONS)) await numbered(log, topic, partition, partition, partition + 1);
      await first.received.count(PARTITIONS);
      await first.reader().commit(range(0, PARTITIONS).map((partition) => ({ topic, partition, offset: 1 })));
      first.reader().pause();
      const second = await joined(log, topic, group);
      await shared([first, second]);
      first.reader().resume();
      await second.reader().close();
      await first.changed(() => first.reader().assigned.length === PARTITIONS);
      for (const partition of range(0, PARTITIONS))
        await numbered(log, topic, partition, 10 + partition, 11 + partition);
      await first.received.count(2 * PARTITIONS);
      t.deepEqual(
        first.received.numbers.slice(PARTITIONS).sort((x, y) => x - y),
        range(10, 10 + PARTITIONS),
      );
    },
  );

  onQuick(named('readers that pause while they look for the first records repeat none'), async (t) => {
    const { log, topic } = await open(t);
    const partition = 0;
    await numbered(log, topic, partition, 0, 10);
    const intervals = [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4];
    const members = await Promise.all(intervals.map(() => joined(log, topic, newName('group'))));
    await Promise.all(
      members.map(async (member, at) => {
        const pauseAndResume = (): void => {
          if (member.received.records.length > 0) return;
          member.reader().pause();
          member.reader().resume();
          setTimeout(pauseAndResume, intervals[at]);
        };
        pauseAndResume();
        await member.received.count(10);
      }),
    );
    // librdkafka would deliver the first records again after half a second. More records come until that time has passed.
    let next = 10;
    const [{ received }] = members as [Member];
    const ms = (): number => (received.records.at(-1)?.timestamp ?? 0) - (received.records[9]?.timestamp ?? 0);
    while (ms() < 1000) {
      await numbered(log, topic, partition, next, next + 10);
      next += 10;
      await Promise.all(
        members.map((member) => member.received.until(() => member.received.numbers.includes(next - 1))),
      );
    }
    for (const member of members) t.deepEqual(member.received.numbers, range(0, next));
  });

  onQuick(named('a reader that is paused before it has partitions stays paused when it gets them'), async (t) => {
    const { log, topic } = await open(t);
    await numbered(log, topic, 0, 0, 10);
    const member = await joined(log, topic, newName('group'));
    member.reader().pause();
    await member.changed(() => member.reader().assigned.length === PARTITIONS);
    const witness = new Received();
    await log.readPartition({ topic, partition: 0, offset: 0, ...witness });
    await witness.count(10);
    t.deepEqual(member.received.numbers, []);
    member.reader().resume();
    await member.received.count(10);
    t.deepEqual(member.received.numbers, range(0, 10));
  });

  onQuick(named('a commit of a member that is closed fails or is answered, and does not hang'), async (t) => {
    const { log, topic } = await open(t);
    const member = await joined(log, topic, newName('group'));
    await member.changed(() => member.reader().assigned.length > 0);
    await Promise.all([member.reader().close(), member.reader().close()]);
    await member.reader().close();
    await t.throwsAsync(member.reader().commit([{ topic, partition: 0, offset: 0 }]), { instanceOf: LogError });
    t.notThrows(() => {
      member.reader().pause();
      member.reader().resume();
    });
  });
}

type GroupOptions = Parameters<TestLog['log']['readGroup']>[0];

interface Member {
  readonly received: Received;
  reader(): Awaited<ReturnType<TestLog['log']['readGroup']>>;
  /** Until this holds, looked at whenever the member's partitions have changed. */
  changed(wanted: () => boolean): Promise<void>;
}

async function joined(
  log: TestLog['log'],
  topic: string,
  group: string,
  options: Partial<GroupOptions> = {},
): Promise<Member> {
  const received = new Received();
  let waiting: { wanted: () => boolean; resolve: () => void }[] = [];
  const tell = (): void => {
    waiting = waiting.filter(({ wanted, resolve }) => {
      if (wanted()) resolve();
      else return true;
      return false;
    });
  };
  const reader = await log.readGroup({
    topic,
    group,
    onRecord: received.onRecord,
    onError: received.onError,
    ...options,
    onAssigned: (partitions, reader) => {
      options.onAssigned?.(partitions, reader);
      tell();
    },
    onRevoked: async (partitions, reader) => {
      tell();
      await options.onRevoked?.(partitions, reader);
    },
  });
  return {
    received,
    reader: () => reader,
    changed: async (wanted) => {
      if (!wanted()) await new Promise<void>((resolve) => waiting.push({ wanted, resolve }));
    },
  };
}

/** Until the members have all partitions, and each has some. */
async function shared(members: readonly Member[]): Promise<void> {
  const done = (): boolean =>
    members.every((member) => member.reader().assigned.length > 0) &&
    members.reduce((sum, member) => sum + member.reader().assigned.length, 0) === PARTITIONS;
  await anyChanged(members, done);
}

/** Until this holds, looked at whenever the partitions of one of the members have changed. */
async function anyChanged(members: readonly Member[], wanted: () => boolean): Promise<void> {
  await Promise.race(members.map((member) => member.changed(wanted)));
}
