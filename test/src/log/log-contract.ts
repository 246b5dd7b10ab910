import { type Log, LogError } from '@wherry/kafka';
import type { ExecutionContext, TestFn } from 'ava';
import { newName, numbered, Received, range, type TestLog } from '../support/log-records.js';
import type { ContractOptions, LogKind } from './log-kind.js';

const PARTITIONS = 4;
const key = Buffer.from('key');

/** What the port promises of records, topics and readers of partitions: one suite for every kind of log. */
export function logContract(test: TestFn, kind: LogKind): void {
  /** What the embedded broker cannot do. */
  const onWholeKafka = kind.embedded ? test.skip : test;

  /** A log, and a topic of four partitions that is deleted with the test. */
  async function open(t: ExecutionContext, options?: ContractOptions): Promise<TestLog & { topic: string }> {
    t.timeout(30_000);
    const opened = await kind.open(t, options);
    const topic = newName('log');
    await opened.log.createTopic({ name: topic, partitions: PARTITIONS });
    // Run before the log is closed, as the last of a test's teardowns is the first to run.
    t.teardown(() => opened.log.deleteTopic(topic).catch(() => false));
    return { ...opened, topic };
  }

  test('records of a partition are read in the order they were produced', async (t) => {
    const { log, topic } = await open(t);
    const received = new Received();
    await log.readPartition({ topic, partition: 1, offset: 0, ...received });
    for (let number = 0; number < 2000; number++) {
      // What goes to another partition in between is no concern of this one.
      log.produce(topic, 1, key, Buffer.from(String(number)));
      log.produce(topic, 2, key, Buffer.from('elsewhere'));
    }
    await received.count(2000);
    t.deepEqual(received.numbers, range(0, 2000));
    t.deepEqual(
      received.records.map(({ offset }) => offset),
      range(0, 2000),
    );
    t.true(received.records.every((record) => record.topic === topic && record.partition === 1));
  });

  test('keys and values are bytes as they are; one that is missing or empty is null', async (t) => {
    const { log, topic } = await open(t);
    const bytes = Buffer.from([...range(0, 256), 0, 0xff, 0xfe, 0]);
    const written: [key: Buffer | null, value: Buffer | null][] = [
      [bytes, bytes],
      [key, null],
      [key, Buffer.alloc(0)],
      [Buffer.alloc(0), bytes],
      // A producer of ours always has a key; that of others may not.
      [null, bytes],
      [null, null],
    ];
    const received = new Received();
    await log.readPartition({ topic, partition: 0, offset: 0, ...received });
    for (const [k, v] of written) log.produce(topic, 0, k as Buffer, v);
    await received.count(written.length);
    t.deepEqual(
      received.records.map((record) => [record.key, record.value]),
      written.map((pair) => pair.map((part) => (part?.length ? part : null))),
    );
  });

  test('a record of half a megabyte arrives whole', async (t) => {
    const { log, topic } = await open(t);
    const value = Buffer.from(Array.from({ length: 500_000 }, (_, index) => index % 251));
    const received = new Received();
    await log.readPartition({ topic, partition: 0, offset: 0, ...received });
    log.produce(topic, 0, key, value);
    await received.count(1);
    t.true(received.records[0]?.value?.equals(value));
  });

  test('a partition is read from its beginning, or from an offset', async (t) => {
    const { log, topic } = await open(t);
    await numbered(log, topic, 3, 0, 100);
    for (const from of [0, 42, 99]) {
      const received = new Received();
      await log.readPartition({ topic, partition: 3, offset: from, ...received });
      await received.count(100 - from);
      t.deepEqual(received.numbers, range(from, 100));
    }
  });

  test('a partition is read from the end it had when reading began, and nothing behind that is missed', async (t) => {
    const { log, topic } = await open(t);
    await numbered(log, topic, 0, 0, 10);
    let next = 10;
    // Who looks for the end only after the reader is said to be there misses the first record now and then.
    for (let round = 0; round < 8; round++) {
      const received = new Received();
      const reader = await log.readPartition({ topic, partition: 0, offset: 'end', ...received });
      await numbered(log, topic, 0, next, next + 3);
      await received.until(() => received.numbers.includes(next + 2));
      t.deepEqual(received.numbers, range(next, next + 3));
      next += 3;
      await reader.close();
    }
  });

  test('a partition tells where it ends, and its reader when it has come to that end', async (t) => {
    const { log, topic } = await open(t);
    const received = new Received();
    const ends: number[] = [];
    const reached = (offset: number): Promise<void> => received.until(() => ends.includes(offset));
    const onEnd = (offset: number): void => {
      ends.push(offset);
      received.look();
    };
    await log.readPartition({ topic, partition: 1, offset: 'start', ...received, onEnd });
    t.is(await log.endOf(topic, 1), 0);
    await reached(0);
    await numbered(log, topic, 1, 0, 20);
    t.is(await log.endOf(topic, 1), 20);
    t.is(await log.startOf(topic, 1), 0);
    await reached(20);
    t.deepEqual(received.numbers, range(0, 20), 'all before the end came before its news');
    // One that starts later begins with the oldest record there is.
    const later = new Received();
    await log.readPartition({ topic, partition: 1, offset: 'start', ...later });
    await later.count(20);
    t.deepEqual(later.numbers, range(0, 20));
    await t.throwsAsync(log.endOf(newName('missing'), 0), { instanceOf: LogError });
  });

  test('a reader that waits for records does not hold up the question where its partition ends', async (t) => {
    const { log, topic } = await open(t);
    const received = new Received();
    const ends: number[] = [];
    const onEnd = (offset: number): void => {
      ends.push(offset);
      received.look();
    };
    await log.readPartition({ topic, partition: 0, offset: 'start', ...received, onEnd });
    await received.until(() => ends.length > 0);
    const begun = Date.now();
    for (let times = 0; times < 20; times++) t.is(await log.endOf(topic, 0), 0);
    // Behind a fetch that waits, each would take up to fetch.wait.max.ms, 500 ms.
    t.true(Date.now() - begun < 8000, `it took ${Date.now() - begun} ms`);
  });

  test('the end of an empty partition is its beginning', async (t) => {
    const { log, topic } = await open(t);
    const received = new Received();
    await log.readPartition({ topic, partition: 2, offset: 'end', ...received });
    await numbered(log, topic, 2, 0, 3);
    await received.count(3);
    t.deepEqual(received.numbers, [0, 1, 2]);
  });

  test('each record is acknowledged once, and by the end of a flush', async (t) => {
    const { log, topic, undelivered } = await open(t);
    const acknowledged: number[] = [];
    for (let number = 0; number < 500; number++) {
      log.produce(topic, number % 2, key, Buffer.from(String(number)), () => acknowledged.push(number));
    }
    t.deepEqual(acknowledged, [], 'nothing is acknowledged within produce');
    await log.flush(10_000);
    t.deepEqual(
      acknowledged.sort((a, b) => a - b),
      range(0, 500),
    );
    t.deepEqual(undelivered, []);
  });

  test('without acknowledgements records arrive just so, and failures are still told', async (t) => {
    const { log, topic, undelivered } = await open(t, { acknowledgements: false, givesUpSoon: true });
    const received = new Received();
    await log.readPartition({ topic, partition: 0, offset: 0, ...received });
    await numbered(log, topic, 0, 0, 50);
    await received.count(50);
    t.deepEqual(received.numbers, range(0, 50));
    log.produce(newName('missing'), 0, key, null);
    await log.flush(10_000);
    t.is(undelivered.length, 1);
  });

  test('a record that is too large is refused at once, as RESOURCE_EXHAUSTED', async (t) => {
    const { log, topic } = await open(t);
    const error = t.throws(() => log.produce(topic, 0, key, Buffer.alloc(2_000_000)), { instanceOf: LogError });
    t.is(error?.status, 8);
    t.false(error?.retriable);
    t.regex(error?.message ?? '', /2000003 bytes/);
    t.regex(error?.message ?? '', new RegExp(topic));
  });

  onWholeKafka('a record that the broker finds too large is undelivered, as RESOURCE_EXHAUSTED', async (t) => {
    const { log, topic, undelivered } = await open(t, { maxRecordBytes: 10_000_000 });
    log.produce(topic, 0, key, Buffer.alloc(3_000_000));
    await log.flush(10_000);
    t.is(undelivered[0]?.error.code, 10);
    t.is(undelivered[0]?.error.status, 8);
  });

  test('a record for a topic or a partition that does not exist is undelivered, and said so once', async (t) => {
    const { log, topic, undelivered } = await open(t, { givesUpSoon: true });
    const missing = newName('missing');
    let acknowledged = 0;
    const begun = Date.now();
    log.produce(missing, 0, Buffer.from([1, 255, 0]), Buffer.from('lost'), () => acknowledged++);
    try {
      log.produce(topic, 77, key, Buffer.from('lost'), () => acknowledged++);
    } catch (error) {
      // Where the topic is known already, the partition is missed at once.
      t.true(error instanceof LogError);
      undelivered.push({ topic, partition: 77, key, error: error as LogError });
    }
    log.produce(topic, 0, key, Buffer.from('arrives'), () => acknowledged++);
    await log.flush(10_000);
    t.true(Date.now() - begun < 8000, `it took ${Date.now() - begun} ms, not what the options say`);
    t.is(acknowledged, 1);
    t.deepEqual(
      undelivered.map((record) => [record.topic, record.partition]).sort(),
      [
        [topic, 77],
        [missing, 0],
      ].sort(),
    );
    for (const { error } of undelivered) {
      t.true(error instanceof LogError && error.status === 14 && error.retriable);
      t.true([3, -188, -190].includes(error.code), `${error.code} ${error.message}`);
    }
    t.deepEqual(undelivered.find((record) => record.topic === missing)?.key, Buffer.from([1, 255, 0]));
    t.is(await log.partitions(missing), 0, 'producing made the topic');
  });

  test('a topic that does not exist has no partitions, and asking does not make it', async (t) => {
    const { log, topic } = await open(t);
    const missing = newName('missing');
    for (let times = 0; times < 3; times++) t.is(await log.partitions(missing), 0);
    t.deepEqual(await log.topics(missing), []);
    t.is(await log.partitions(topic), PARTITIONS);
    t.false(await log.exists(missing, 0));
    await found(log, topic, PARTITIONS - 1);
    t.false(await log.exists(topic, PARTITIONS));
  });

  test('a partition of a new topic is soon found, and the question never fails', async (t) => {
    const { log } = await open(t);
    for (let round = 0; round < 5; round++) {
      const name = newName('fresh');
      t.teardown(() => log.deleteTopic(name));
      await log.createTopic({ name, partitions: PARTITIONS });
      await t.notThrowsAsync(Promise.all(range(0, PARTITIONS).map((partition) => found(log, name, partition))));
    }
  });

  test('topics are found by how their names begin', async (t) => {
    const { log } = await open(t);
    const prefix = newName('prefix');
    const names = ['.a', '.b', '.inner.c', 'd'].map((rest) => `${prefix}${rest}`);
    for (const name of names) t.true(await log.createTopic({ name, partitions: 1 }));
    t.teardown(() => Promise.all(names.map((name) => log.deleteTopic(name))));
    t.deepEqual((await log.topics(`${prefix}.`)).sort(), names.slice(0, 3));
    t.deepEqual(await log.topics(`${prefix}.inner`), [`${prefix}.inner.c`]);
    t.deepEqual(await log.topics(`x${prefix}`), []);
  });

  test('a topic is made once', async (t) => {
    const { log } = await open(t);
    const name = newName('made');
    t.true(await log.createTopic({ name, partitions: 3 }));
    t.teardown(() => log.deleteTopic(name));
    t.false(await log.createTopic({ name, partitions: 3 }));
    t.is(await log.partitions(name), log.embedded ? 4 : 3);
  });

  onWholeKafka('a topic is deleted once, and settings of a new one reach Kafka', async (t) => {
    const { log } = await open(t);
    const name = newName('made');
    await t.throwsAsync(log.createTopic({ name, partitions: 1, config: { 'no.such.setting': '1' } }), {
      instanceOf: LogError,
      message: /no\.such\.setting/,
    });
    await t.throwsAsync(log.createTopic({ name, partitions: 1, replicationFactor: 7 }), { instanceOf: LogError });
    t.true(await log.createTopic({ name, partitions: 1, replicationFactor: 1, config: { 'retention.ms': '1000' } }));
    t.true(await log.deleteTopic(name));
    t.false(await log.deleteTopic(name));
  });

  onWholeKafka('whether there is a record since a time is told', async (t) => {
    const { log, topic } = await open(t);
    t.false(log.embedded);
    t.false(await log.hasRecordSince(topic, 0), 'it is empty');
    const before = Date.now();
    // Partition 0 is the one that counts.
    await numbered(log, topic, 1, 0, 1);
    t.false(await log.hasRecordSince(topic, before - 1000));
    await numbered(log, topic, 0, 0, 1);
    t.true(await log.hasRecordSince(topic, before - 1000));
    t.false(await log.hasRecordSince(topic, Date.now() + 60_000));
    await t.throwsAsync(log.hasRecordSince(newName('missing'), 0), { instanceOf: LogError });
  });

  test('a reader that is closed delivers nothing more, and the log and its other readers go on', async (t) => {
    const { log, topic } = await open(t);
    const [closed, goesOn] = [new Received(), new Received()];
    const reader = await log.readPartition({ topic, partition: 0, offset: 0, ...closed });
    await log.readPartition({ topic, partition: 0, offset: 0, ...goesOn });
    await numbered(log, topic, 0, 0, 10);
    await Promise.all([closed.count(10), goesOn.count(10)]);
    await Promise.all([reader.close(), reader.close()]);
    await reader.close();
    await numbered(log, topic, 0, 10, 20);
    await goesOn.count(20);
    t.is(closed.records.length, 10);
  });

  test('records that were produced just before the log closes arrive', async (t) => {
    const { log, topic } = await open(t);
    const other = await kind.open(t);
    const received = new Received();
    await log.readPartition({ topic, partition: 0, offset: 0, ...received });
    // Its first record shows that it can write: closing waits no longer than two seconds.
    await numbered(other.log, topic, 0, 0, 1);
    for (let number = 1; number < 100; number++) other.log.produce(topic, 0, key, Buffer.from(String(number)));
    await other.log.close();
    await received.count(100);
    t.deepEqual(received.numbers, range(0, 100));
  });

  test('a reader of a partition whose topic is not there says so', async (t) => {
    // Kafka may not have told all its brokers of a new topic yet; librdkafka waits for that, by default half a minute.
    const { log } = await open(t, { givesUpSoon: true });
    const received = new Received();
    await log.readPartition({ topic: newName('missing'), partition: 0, offset: 0, ...received });
    await received.until(() => received.errors.length > 0);
    t.true(received.errors[0] instanceof LogError);
    t.is(received.errors[0]?.code, 3);
  });

  test('the end of a partition that is not there is an error', async (t) => {
    const { log } = await open(t);
    const opening = log.readPartition({ topic: newName('missing'), partition: 0, offset: 'end', ...new Received() });
    await t.throwsAsync(opening, { instanceOf: LogError });
  });

  test('a record carries the time at which it was written, and its headers change nothing', async (t) => {
    const { log, topic } = await open(t);
    const received = new Received();
    await log.readPartition({ topic, partition: 0, offset: 0, ...received });
    const before = Date.now();
    log.produce(topic, 0, key, Buffer.from('0'), undefined, [
      ['name', 'text'],
      ['name', ''],
    ]);
    await received.count(1);
    const [record] = received.records;
    t.true((record?.timestamp ?? 0) >= before && (record?.timestamp ?? 0) <= Date.now());
    t.deepEqual([record?.key, record?.value, record?.offset], [key, Buffer.from('0'), 0]);
  });

  test('a reader that has read everything has no lag, and before that no more than what is left', async (t) => {
    const { log, topic } = await open(t);
    await numbered(log, topic, 0, 0, 50);
    const received = new Received();
    const lags: number[] = [];
    const reader = await log.readPartition({ topic, partition: 0, offset: 0, ...received });
    received.onRead = ({ offset }) => lags.push(reader.lag - (49 - offset));
    t.true(reader.lag <= 50);
    await received.count(50);
    t.is(reader.lag, 0);
    t.true(
      lags.every((excess) => excess <= 0),
      `${lags}`,
    );
  });

  test('a reader from an offset that the partition does not have goes on at the end', async (t) => {
    const { log, topic } = await open(t);
    await numbered(log, topic, 0, 0, 10);
    const received = new Received();
    const ends: number[] = [];
    const onEnd = (offset: number): void => {
      ends.push(offset);
      received.look();
    };
    await log.readPartition({ topic, partition: 0, offset: 1000, ...received, onEnd });
    await received.until(() => ends.includes(10));
    await numbered(log, topic, 0, 10, 13);
    await received.count(3);
    t.deepEqual(received.numbers, range(10, 13));
  });

  test('a partition that a topic does not have is an error, which says so', async (t) => {
    const { log, topic } = await open(t);
    for (const missing of [log.endOf(topic, 77), log.endOf(newName('missing'), 0), log.startOf(topic, 77)]) {
      const error = await t.throwsAsync<LogError>(missing, { instanceOf: LogError });
      t.true(error?.topicUnknown);
    }
  });

  onWholeKafka('a reader hears that its topic was deleted, and reads the one that takes its place', async (t) => {
    const { log, topic } = await open(t, { givesUpSoon: true });
    const received = new Received();
    await log.readPartition({ topic, partition: 0, offset: 'start', ...received });
    await numbered(log, topic, 0, 0, 5);
    await received.count(5);
    t.true(await log.deleteTopic(topic));
    await received.until(() => received.errors.length > 0);
    t.true(received.errors[0]?.topicUnknown);
    t.true(await log.createTopic({ name: topic, partitions: PARTITIONS }));
    await numbered(log, topic, 0, 5, 8);
    await received.count(8);
    t.deepEqual(received.numbers, range(0, 8));
    t.deepEqual(
      received.records.map(({ offset }) => offset),
      [0, 1, 2, 3, 4, 0, 1, 2],
    );
  });

  onWholeKafka('a topic is made as the broker says, or refused with its reason', async (t) => {
    const { log } = await open(t);
    const name = newName('made');
    for (const [topic, code] of [
      [{ name: 'no name', partitions: 1 }, 17],
      [{ name, partitions: 0 }, 37],
      [{ name, partitions: 1, replicationFactor: 7 }, 38],
      [{ name, partitions: 1, config: { 'no.such.setting': '1' } }, 40],
    ] as const) {
      const error = await t.throwsAsync<LogError>(log.createTopic(topic), { instanceOf: LogError });
      t.is(error?.code, code);
    }
    t.true(await log.createTopic({ name, partitions: -1 }));
    t.true((await log.partitions(name)) > 0);
    t.true(await log.deleteTopic(name));
  });

  test('a log that is closed takes nothing, answers nothing and delivers nothing', async (t) => {
    const { log, topic } = await open(t);
    const other = await kind.open(t);
    const received = new Received();
    await log.readPartition({ topic, partition: 0, offset: 0, ...received });
    await Promise.all([log.close(), log.close()]);
    t.throws(() => log.produce(topic, 0, key, null), { instanceOf: LogError });
    await log.flush(10_000);
    for (const asked of [log.partitions(topic), log.topics(topic), log.endOf(topic, 0)]) {
      await t.throwsAsync(asked, { instanceOf: LogError });
    }
    const witness = new Received();
    await other.log.readPartition({ topic, partition: 0, offset: 0, ...witness });
    await numbered(other.log, topic, 0, 0, 3);
    await witness.count(3);
    t.deepEqual(received.records, []);
    await other.log.deleteTopic(topic);
  });
}

/** Asks until the partition is found. A broker may not know a new topic yet. */
async function found(log: Log, topic: string, partition: number): Promise<void> {
  while (!(await log.exists(topic, partition)));
}
