import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { GroupReaderOptions } from '@wherry/kafka';
import anyTest, { type ExecutionContext } from 'ava';
import { realKafka, useBroker } from './support/brokers.js';
import { signal } from './support/harness.js';
import { LatePolls } from './support/late-polls.js';
import { newName, numbered, openTestLog, Received, range, type TestLog } from './support/log-records.js';

const test = anyTest;
const brokers = useBroker(test);
const onEmbedded = realKafka === undefined ? test : test.skip;
const onReal = realKafka === undefined ? test.skip : test;
const run = promisify(execFile);

const PARTITIONS = 4;
const key = Buffer.from('key');

/** A log, and a topic of four partitions that is deleted with the test. */
async function open(t: ExecutionContext, options?: Parameters<typeof openTestLog>[2]) {
  t.timeout(30_000);
  const opened = await openTestLog(t, brokers(), options);
  return { ...opened, topic: await makeTopic(t, opened.log) };
}

async function makeTopic(t: ExecutionContext, log: TestLog['log'], partitions = PARTITIONS): Promise<string> {
  const topic = newName('log');
  await log.createTopic({ name: topic, partitions });
  // Run before the log is closed, as the last of a test's teardowns is the first to run.
  t.teardown(() => log.deleteTopic(topic).catch(() => false));
  return topic;
}

onEmbedded('a reader from the start begins with the oldest record where older ones are gone', async (t) => {
  const { log, topic } = await open(t);
  const [mebibyte, count] = [Buffer.alloc(900_000), 12];
  for (let number = 0; number < count; number++) log.produce(topic, 0, key, mebibyte);
  await log.flush(10_000);
  const received = new Received();
  await log.readPartition({ topic, partition: 0, offset: 'start', ...received });
  await received.until(() => received.records.at(-1)?.offset === count - 1);
  t.true((received.records[0]?.offset ?? 0) > 0, 'the embedded broker kept all of it');
});

for (const compression of ['none', 'lz4', 'snappy', 'gzip'] as const) {
  test(`records compressed with ${compression} are read as they were written, by a reader that knows nothing of it`, async (t) => {
    const { log } = await openTestLog(t, brokers());
    const { log: compressing } = await openTestLog(t, brokers(), { compression });
    const topic = newName('compressed');
    await log.createTopic({ name: topic, partitions: 1 });
    const received = new Received();
    await log.readPartition({ topic, partition: 0, offset: 0, ...received });
    const values = [Buffer.alloc(100_000, 'wherry '), Buffer.from('short'), randomBytes(10_000)];
    for (const value of values) compressing.produce(topic, 0, Buffer.from('key'), value);
    await received.count(values.length);
    t.deepEqual(
      received.records.map(({ value }) => value),
      values,
    );
  });
}

onEmbedded('the embedded broker keeps its topics', async (t) => {
  const { log, topic } = await open(t);
  t.true(log.embedded);
  t.false(await log.deleteTopic(topic));
  t.is(await log.partitions(topic), PARTITIONS);
});

test('closing is quick in every state, harmless when repeated, and leaves nothing that holds the process', async (t) => {
  const { log } = await open(t);
  t.timeout(60_000);
  const topic = await makeTopic(t, log);
  const script = fileURLToPath(new URL('./support/read-and-close.js', import.meta.url));
  // The script's process ends only when nothing holds it; it is killed, and the test fails, where something does.
  const { stdout } = await run(process.execPath, [script, brokers(), topic], { timeout: 50_000 });
  const took = Object.entries(JSON.parse(stdout) as Record<string, number>);
  t.is(took.length, 5);
  // A consumer that does not end is given up after ten seconds.
  for (const [what, ms] of took) t.true(ms < 9000, `closing ${what} took ${ms} ms`);
});

test.serial('a producer that disconnects is not polled, which could crash the process', async (t) => {
  const polls = new LatePolls();
  t.teardown(polls.watch());
  const { log, topic } = await open(t, { acknowledgements: true });
  log.produce(topic, 0, key, Buffer.from('value'));
  await log.close();
  t.true(polls.producers.size > 0);
  t.is(polls.count, 0);
});

test('a wrong librdkafka option is an error that names it', async (t) => {
  t.timeout(30_000);
  await t.throwsAsync(openTestLog(t, brokers(), { kafka: { 'no.such.option': 1 } }), {
    instanceOf: TypeError,
    message: /no\.such\.option/,
  });
  await t.throwsAsync(openTestLog(t, brokers(), { producer: { 'socket.timeout.ms': 'soon' } }), {
    instanceOf: TypeError,
    message: /socket\.timeout\.ms/,
  });
  // Those of topics are kept apart by the client library: they must neither get lost nor lose others.
  await t.throwsAsync(openTestLog(t, brokers(), { producer: { 'message.timeout.ms': 'long' } }), {
    message: /message\.timeout\.ms/,
  });
  const { log, topic } = await open(t, { consumer: { 'fetch.min.bytes': 'many' } });
  await t.throwsAsync(log.readPartition({ topic, partition: 0, offset: 0, ...new Received() }), {
    instanceOf: TypeError,
    message: /fetch\.min\.bytes/,
  });
  const wrongOffset = await open(t, { consumer: { 'auto.offset.reset': 'middle' } });
  await t.throwsAsync(wrongOffset.log.readGroup({ topic, group: newName('group'), ...new Received() }), {
    instanceOf: TypeError,
    message: /auto\.offset\.reset/,
  });
});

test('librdkafka options of topics are heeded', async (t) => {
  t.timeout(30_000);
  // librdkafka refuses acks=1 of an idempotent producer, so this only opens and fails as it should if acks arrives.
  await t.throwsAsync(openTestLog(t, brokers(), { producer: { acks: 1 } }), { message: /acks/ });
  const { log, topic } = await open(t, { producer: { acks: 1, 'enable.idempotence': false } });
  const received = new Received();
  await log.readPartition({ topic, partition: 0, offset: 0, ...received });
  await numbered(log, topic, 0, 0, 10);
  // A producer that is not idempotent may write a record twice, or after a later one, if it has to try again.
  await received.until(() => new Set(received.numbers).size === 10);
  t.deepEqual(
    [...new Set(received.numbers)].sort((one, other) => one - other),
    range(0, 10),
  );
});

/** Where a partition does not have an offset, an error ends the reading. */
const strict = { consumer: { 'auto.offset.reset': 'error' } };

test('a reader that an error ends reads again, from the first record that it has not delivered', async (t) => {
  const { log, topic } = await open(t);
  t.timeout(60_000);
  const causes: string[] = [];
  const received = new Received();
  const { log: strictLog } = await openTestLog(t, brokers(), {
    ...strict,
    onInterrupted: (cause) => {
      causes.push(cause.message);
      received.look();
    },
  });
  await strictLog.readPartition({ topic, partition: 0, offset: 2, ...received });
  await received.until(() => causes.length > 0);
  t.regex(causes[0] ?? '', new RegExp(`^reading ${topic}.* no offset`));
  await numbered(log, topic, 0, 0, 5);
  await received.count(3);
  await numbered(log, topic, 0, 5, 8);
  await received.count(6);
  t.deepEqual(received.numbers, range(2, 8));
});

test('a member of a group that an error ends gives its partitions back, and joins again', async (t) => {
  const { log, topic } = await open(t);
  t.timeout(60_000);
  await numbered(log, topic, 0, 0, 5);
  const received = new Received();
  const events: string[] = [];
  const tell = (event: string): void => {
    events.push(event);
    received.look();
  };
  const { log: strictLog } = await openTestLog(t, brokers(), { ...strict, onInterrupted: () => tell('cause') });
  const group = { topic, group: newName('group') };
  // The group has committed no offsets.
  const reader = await strictLog.readGroup({
    ...group,
    ...received,
    onAssigned: () => tell('given'),
    onRevoked: async () => tell('taken'),
    onInterrupted: () => tell('interrupted'),
    onRestored: () => tell('restored'),
  });
  // librdkafka looks for the offset of a partition, and fails, only if the partition is not paused.
  await received.until(() => events.includes('cause'));
  t.deepEqual(events, ['given', 'interrupted', 'taken', 'cause']);
  reader.pause();
  const ofOther = new Received();
  const offsets = range(0, PARTITIONS).map((partition) => ({ topic, partition, offset: 0 }));
  const other = await log.readGroup({
    ...group,
    ...ofOther,
    // All partitions, whichever of them it has: the first member may be back already.
    onAssigned: async (_, member) => {
      const committed = await member.commit(offsets).then(
        () => true,
        () => false,
      );
      if (committed) tell('committed');
    },
  });
  await received.until(() => events.includes('committed'));
  await other.close();
  await received.until(() => events.includes('restored') && reader.assigned.length === PARTITIONS);
  t.true(events.lastIndexOf('given') > events.indexOf('cause'));
  t.deepEqual(received.numbers, [], 'the pause holds for the new member too');
  reader.resume();
  await received.count(5);
  t.deepEqual(received.numbers, range(0, 5));
});

const classic = { 'group.protocol': 'classic' };

// The embedded broker takes three seconds for each rebalance of a classic group.
onReal('a member of a classic group that gets no partitions at first joins again', async (t) => {
  const { log, topic } = await open(t);
  t.timeout(120_000);
  const group = newName('group');
  // The first member of a group divides the partitions. This one acts as if the other topic did not exist.
  const { log: leading } = await openTestLog(t, brokers(), { consumer: { ...classic, 'topic.blacklist': topic } });
  const ofLeader = await makeTopic(t, log, 1);
  await assignedOf(leading, { topic: ofLeader, group, ...new Received() }, 1);
  const { log: joining } = await openTestLog(t, brokers(), { consumer: classic });
  const received = new Received();
  const given: number[] = [];
  await joining.readGroup({
    topic,
    group,
    ...received,
    onAssigned: (partitions) => {
      given.push(partitions.length);
      received.look();
    },
  });
  await received.until(() => given.length === 3);
  t.deepEqual(given, [0, 0, 0]);
  await leading.close();
  await received.until(() => given.at(-1) === PARTITIONS);
});

test('new groups get the partitions of new topics', async (t) => {
  const { log } = await openTestLog(t, brokers(), { consumer: classic });
  t.timeout(120_000);
  const groups = range(0, 16).map(async () => {
    const topic = await makeTopic(t, log);
    await assignedOf(log, { topic, group: newName('group'), ...new Received() }, PARTITIONS);
  });
  await t.notThrowsAsync(Promise.all(groups));
});

/** Reads a topic in a group, and waits until the group gives the reader so many partitions at once. */
async function assignedOf(log: TestLog['log'], reader: GroupReaderOptions, count: number): Promise<void> {
  const assigned = signal();
  await log.readGroup({ ...reader, onAssigned: (partitions) => partitions.length === count && assigned.resolve() });
  await assigned.promise;
}
