import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { data, join, number } from './bytes.test.helpers.js';
import {
  decodeRegistryRecord,
  descriptorsHash,
  encodeDescriptors,
  encodeRegistration,
  type InboxAddress,
  RecordError,
  type Registration,
  registryRecordLimits,
} from './index.js';

const schema = protobuf.loadSync(
  fileURLToPath(new URL('../../../proto/wherry/registry/v1/registry.proto', import.meta.url)),
);
const [keyType, valueType] = ['RegistryKey', 'Registration'].map((name) =>
  schema.lookupType(`wherry.registry.v1.${name}`),
) as [protobuf.Type, protobuf.Type];

/** Makes fast-check create objects with the usual prototype, as literals have. */
const plain = { noNullPrototype: true } as const;
const uint32 = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const instance: fc.Arbitrary<InboxAddress> = fc
  .record({ topic: fc.stringMatching(/^[a-z][\w.-]{0,30}$/), partition: fc.nat(), instance: fc.option(uint32) }, plain)
  .map(({ topic, partition, instance }) => ({ topic, partition, ...(instance === null ? {} : { instance }) }));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const service = fc
  .record(
    {
      name: fc.stringMatching(/^[a-zA-Z.]{1,40}$/),
      descriptors: fc.option(hash),
      partitions: fc.option(fc.array(fc.nat())),
    },
    plain,
  )
  .map(({ name, descriptors, partitions }) => ({
    name,
    descriptors: descriptors ?? undefined,
    ...(partitions === null ? {} : { partitions }),
  }));
const registration: fc.Arbitrary<Registration> = fc
  .record(
    {
      writtenAt: time,
      startedAt: time,
      leaseMs: uint32,
      services: fc.array(service, { maxLength: 5 }),
      renewMs: fc.option(uint32),
    },
    plain,
  )
  .map(({ renewMs, ...rest }) => ({ ...rest, ...(renewMs === null ? {} : { renewMs }) }));
const bytes = fc.uint8Array({ maxLength: 200 });
const { WHERRY_FUZZ = '1' } = process.env;
const runs = { numRuns: 1000 * Number(WHERRY_FUZZ) };

test('a registration is read as it was written, and as the schema says', (t) => {
  fc.assert(
    fc.property(instance, registration, (address, said) => {
      const { key, value } = encodeRegistration(address, said);
      assert.deepEqual(decodeRegistryRecord(key, value), { kind: 'instance', instance: address, registration: said });
      const shown = valueType.toObject(valueType.decode(value as Buffer), { longs: Number, arrays: true });
      assert.equal(shown['writtenAtMs'] ?? 0, said.writtenAt);
      assert.equal(shown['leaseMs'], said.leaseMs);
      assert.equal(shown['renewMs'], said.renewMs);
      assert.deepEqual(
        (shown['services'] as { name: string }[]).map(({ name }) => name),
        said.services.map(({ name }) => name),
      );
      assert.deepEqual(
        (shown['services'] as { partitions?: { numbers: number[] } }[]).map(({ partitions }) => partitions?.numbers),
        said.services.map(({ partitions }) => partitions),
      );
      // Compaction compares bytes, so a generated encoder must give the same key.
      assert.deepEqual(Buffer.from(keyType.encode(keyType.decode(key)).finish()), key);
    }),
    runs,
  );
  t.pass();
});

test('an instance that has left has no value, under the same key', (t) => {
  const address = { topic: 'inbox', partition: 3, instance: 9 };
  const left = encodeRegistration(address, undefined);
  const here = encodeRegistration(address, { writtenAt: 1, startedAt: 1, leaseMs: 1, services: [] });
  t.is(left.value, null);
  t.deepEqual(left.key, here.key);
  for (const value of [null, undefined, Buffer.alloc(0)]) {
    t.deepEqual(decodeRegistryRecord(left.key, value), {
      kind: 'instance',
      instance: address,
      registration: undefined,
    });
  }
});

test('the same files are the same record, whatever their order', (t) => {
  const files = ['b', 'a', 'c'].map((text) => Buffer.from(text));
  const record = encodeDescriptors(files);
  t.deepEqual(encodeDescriptors([...files].reverse()), record);
  t.deepEqual(encodeDescriptors([...files, ...files]), record);
  t.not(encodeDescriptors(files.slice(1)).hash, record.hash);
  t.is(record.hash, descriptorsHash(record.value as Buffer));
  const sorted = ['a', 'b', 'c'].map((text) => Buffer.from(text));
  t.deepEqual(decodeRegistryRecord(record.key, record.value), {
    kind: 'descriptors',
    hash: record.hash,
    files: sorted,
  });
  t.deepEqual(decodeRegistryRecord(record.key, null), { kind: 'descriptors', hash: record.hash, files: undefined });
});

const reasonOf = (key: Buffer | null, value: Buffer | null): string | undefined => {
  try {
    decodeRegistryRecord(key, value);
    return undefined;
  } catch (error) {
    assert(error instanceof RecordError, `it threw ${error}`);
    return error.reason;
  }
};

test('records that break a rule are refused for that reason', (t) => {
  const key = join(number(1, 1), data(2, 'inbox'));
  const good = join(number(1, 5), number(3, 6000), data(4, data(1, 'a.B')));
  const files = encodeDescriptors([Buffer.from('file')]);
  t.is(reasonOf(key, good), undefined);
  t.is(reasonOf(null, good), 'foreign');
  t.is(reasonOf(Buffer.from('{}'), good), 'foreign');
  t.is(reasonOf(join(number(1, 2), data(2, 'inbox')), good), 'version');
  t.is(reasonOf(number(1, 1), good), 'malformed', 'neither an inbox nor descriptors');
  t.is(reasonOf(join(key, data(5, Buffer.alloc(32))), good), 'malformed', 'both');
  t.is(reasonOf(join(number(1, 1), data(2, 'no topic!')), good), 'malformed');
  t.is(reasonOf(join(number(1, 1), data(5, 'short')), good), 'malformed');
  t.is(reasonOf(key, number(1, 5)), 'malformed', 'no lease');
  t.is(reasonOf(key, join(good, data(4))), 'malformed', 'a service without a name');
  t.is(reasonOf(key, join(good, data(4, data(1, 'a/B')))), 'malformed');
  t.is(reasonOf(key, join(good, data(4, data(1, 'a.B'), data(2, 'short')))), 'malformed');
  t.is(reasonOf(files.key, Buffer.from('other')), 'malformed', 'not what the hash says');
  t.is(reasonOf(files.key, files.value), undefined);
});

test('records that exceed a limit are refused for that reason', (t) => {
  const key = join(number(1, 1), data(2, 'inbox'));
  const lease = number(3, 6000);
  const limits = registryRecordLimits;
  const service = data(4, data(1, 'a'));
  const services = (count: number) => join(lease, ...Array.from({ length: count }, () => service));
  t.is(reasonOf(key, services(limits.services)), undefined);
  t.is(reasonOf(key, services(limits.services + 1)), 'limit');
  const withPartitions = (count: number) => {
    const partitions = Array.from({ length: count }, () => 7);
    const services = [{ name: 'a', descriptors: undefined, partitions }];
    return encodeRegistration({ topic: 'a', partition: 0 }, { writtenAt: 1, startedAt: 1, leaseMs: 1, services }).value;
  };
  t.is(reasonOf(key, withPartitions(limits.partitions)), undefined);
  t.is(reasonOf(key, withPartitions(limits.partitions + 1)), 'limit');
  const ofBytes = (bytes: number) => join(lease, data(50, Buffer.alloc(bytes)));
  t.is(reasonOf(key, ofBytes(limits.registrationBytes - 100)), undefined);
  t.is(reasonOf(key, ofBytes(limits.registrationBytes)), 'limit');
  const filesOf = (count: number, bytes: number): string | undefined => {
    const file = (index: number) => Buffer.concat([Buffer.from(String(index)), Buffer.alloc(bytes)]);
    const record = encodeDescriptors(Array.from({ length: count }, (_, index) => file(index)));
    return reasonOf(record.key, record.value);
  };
  t.is(filesOf(limits.files, 1), undefined);
  t.is(filesOf(limits.files + 1, 1), 'limit');
  t.is(filesOf(1, limits.descriptorsBytes - 100), undefined);
  t.is(filesOf(1, limits.descriptorsBytes), 'limit');
});

test('fields of later versions are skipped', (t) => {
  const key = join(number(1, 1), data(2, 'inbox'), data(77, 'new'));
  const value = join(number(3, 6000), data(4, data(1, 'a.B'), number(9, 1)), data(50, 'new'));
  t.like(decodeRegistryRecord(key, value), { registration: { leaseMs: 6000, services: [{ name: 'a.B' }] } });
});

test('random and damaged bytes are read or refused, and nothing else happens', (t) => {
  fc.assert(
    fc.property(bytes, bytes, (key, value) => void reasonOf(Buffer.from(key), Buffer.from(value))),
    runs,
  );
  fc.assert(
    fc.property(instance, registration, fc.nat(), fc.nat(255), fc.boolean(), (address, said, at, byte, inKey) => {
      const record = encodeRegistration(address, said);
      const value = record.value as Buffer;
      const hit = inKey ? record.key : value;
      hit[at % hit.length] = byte;
      void reasonOf(record.key, value);
      void reasonOf(record.key.subarray(0, at % record.key.length), value);
      void reasonOf(record.key, value.subarray(0, at % value.length));
    }),
    runs,
  );
  t.pass();
});
