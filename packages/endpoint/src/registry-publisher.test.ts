import { LogError } from '@wherry/kafka';
import { decodeRegistryRecord, type RegistryRecord } from '@wherry/wire';
import test from 'ava';
import { RegistryPublisher } from './registry-publisher.js';

/** A registry topic in memory, and a publisher to it. */
function makePublisher() {
  const records: RegistryRecord[] = [];
  const warnings: string[] = [];
  let waiting: (() => void) | undefined;
  const topic = {
    records,
    warnings,
    /** The error of every write; undefined while writes succeed. */
    trouble: undefined as Error | undefined,
    /** The partitions that the worker reads. */
    partitions: [] as number[],
    /** Resolves once a record is written. */
    written: () =>
      new Promise<void>((resolve) => {
        waiting = resolve;
      }),
  };
  const publisher = new RegistryPublisher(
    {
      namespace: 'test',
      address: { topic: 'inbox', partition: 0 },
      leaseMs: 60_000,
      log: {
        partitions: async () => 1,
        createTopic: async () => false,
        produce: (_topic, _partition, key, value) => {
          if (topic.trouble !== undefined) throw topic.trouble;
          const record = decodeRegistryRecord(key, value);
          if (record !== undefined) records.push(record);
          waiting?.();
        },
        flush: async () => undefined,
      },
      warnOnce: (doing, error) => warnings.push(`${doing}: ${error}`),
    },
    [{ name: 'a.One', fileDescriptors: [Buffer.from([0x0a, 0x01, 0x61])] }],
    () => topic.partitions,
  );
  return { topic, publisher };
}

const full = (): LogError => new LogError('Local: Queue full', { code: -184 });
const kinds = (records: readonly RegistryRecord[]): string[] =>
  records.map((record) =>
    record.kind === 'descriptors' ? 'descriptors' : record.registration === undefined ? 'left' : 'registered',
  );

test('descriptors are written, then the registration, which leaving removes', async (t) => {
  const { topic, publisher } = makePublisher();
  await publisher.open();
  t.deepEqual(kinds(topic.records), ['descriptors', 'registered']);
  await publisher.leave();
  await publisher.leave();
  t.deepEqual(kinds(topic.records), ['descriptors', 'registered', 'left']);
  t.deepEqual(topic.warnings, []);
});

test('a registration that finds no room is made as soon as there is room, with its descriptors', async (t) => {
  const { topic, publisher } = makePublisher();
  topic.trouble = full();
  await publisher.open();
  t.deepEqual(topic.records, []);
  const written = topic.written();
  topic.trouble = undefined;
  await written;
  await publisher.leave();
  t.deepEqual(kinds(topic.records), ['descriptors', 'registered', 'left']);
  const registered = topic.records.find(({ kind }) => kind === 'instance');
  t.true(registered?.kind === 'instance' && registered.registration?.services[0]?.descriptors !== undefined);
  t.deepEqual(topic.warnings, []);
});

test('leaving does not fail if nothing can be written any more', async (t) => {
  const { topic, publisher } = makePublisher();
  await publisher.open();
  topic.trouble = full();
  await publisher.leave();
  await publisher.leave();
  t.deepEqual(kinds(topic.records), ['descriptors', 'registered']);
  t.is(topic.warnings.length, 1);
});

const servicesOf = (record: RegistryRecord | undefined): readonly string[] | undefined =>
  record?.kind === 'instance' ? record.registration?.services.map(({ name }) => name) : undefined;

test('a service that is withdrawn is not in the registration until it is restored', async (t) => {
  const { topic, publisher } = makePublisher();
  await publisher.open();
  publisher.withdraw('a.One');
  await topic.written();
  t.deepEqual(servicesOf(topic.records.at(-1)), []);
  publisher.restore('a.One');
  await topic.written();
  t.deepEqual(servicesOf(topic.records.at(-1)), ['a.One']);
  publisher.restore('a.One');
  await publisher.leave();
  t.deepEqual(kinds(topic.records), ['descriptors', 'registered', 'registered', 'registered', 'left']);
});

test('a service that is withdrawn before the registration is made is not in it', async (t) => {
  const { topic, publisher } = makePublisher();
  publisher.withdraw('a.One');
  await publisher.open();
  t.deepEqual(servicesOf(topic.records.at(-1)), []);
  await publisher.leave();
});

test('a worker that leaves after a service was withdrawn stays away', async (t) => {
  const { topic, publisher } = makePublisher();
  await publisher.open();
  publisher.withdraw('a.One');
  await publisher.leave();
  await new Promise((resolve) => setImmediate(resolve));
  t.is(kinds(topic.records).at(-1), 'left');
});

test('a registration names the partitions that the worker reads, and is written again as soon as they change', async (t) => {
  const { topic, publisher } = makePublisher();
  const partitionsOf = (record: RegistryRecord | undefined) =>
    record?.kind === 'instance' ? record.registration?.services[0]?.partitions : undefined;
  await publisher.open();
  t.deepEqual(partitionsOf(topic.records.at(-1)), []);
  topic.partitions = [0, 3];
  publisher.partitionsChanged();
  await topic.written();
  t.deepEqual(partitionsOf(topic.records.at(-1)), [0, 3]);
  await publisher.leave();
});
