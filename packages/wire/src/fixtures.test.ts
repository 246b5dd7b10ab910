import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { decodeRecord, encodeRecord, RecordError, type RecordErrorReason, readCallIds } from './index.js';
import { fromPlain, idToHex, inReadOrder, type PlainEnvelope, toPlain } from './plain.test.helpers.js';

interface Fixture {
  readonly name: string;
  readonly description: string;
  readonly key: string | null;
  readonly value: string | null;
}

interface ValidFixture extends Fixture {
  readonly canonical: boolean;
  readonly envelope: PlainEnvelope;
}

interface InvalidFixture extends Fixture {
  readonly error: RecordErrorReason;
}

const valid = readFixtures<ValidFixture>('valid');
const invalid = readFixtures<InvalidFixture>('invalid');

function readFixtures<F extends Fixture>(kind: string): F[] {
  const folder = new URL(`../fixtures/${kind}/`, import.meta.url);
  return readdirSync(folder).map((file) => {
    const fixture = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as F;
    return { ...fixture, name: `${kind}/${file}` };
  });
}

const bytesOf = (hex: string | null): Buffer | null => (hex === null ? null : Buffer.from(hex, 'hex'));
const hexOf = (bytes: Buffer | null): string | null => bytes?.toString('hex') ?? null;

for (const { name, key, value, envelope } of valid) {
  test(`${name} is read as its envelope`, (t) => {
    t.deepEqual(toPlain(decodeRecord(bytesOf(key), bytesOf(value))), inReadOrder(envelope));
    const ids = envelope.frames.flatMap(({ callId }) => callId ?? []);
    t.deepEqual(readCallIds(bytesOf(key)).map(idToHex), ids);
  });
}

for (const { name, key, value, envelope } of valid.filter(({ canonical }) => canonical)) {
  test(`${name} is what its envelope is written as`, (t) => {
    const record = encodeRecord(fromPlain(envelope));
    t.deepEqual({ key: hexOf(record.key), value: hexOf(record.value) }, { key, value });
  });
}

for (const { name, key, value, error } of invalid) {
  test(`${name} is refused`, (t) => {
    const thrown = t.throws(() => decodeRecord(bytesOf(key), bytesOf(value)), { instanceOf: RecordError });
    t.is(thrown?.reason, error);
  });
}

test('no fixture repeats another, and each has a description', (t) => {
  const all = [...valid, ...invalid];
  t.is(new Set(all.map(({ key, value }) => `${key} ${value}`)).size, all.length);
  t.deepEqual(
    all.filter(({ description }) => !description).map(({ name }) => name),
    [],
  );
});

/** The bytes of a named example in the specification, without its comments. */
function bytesInSpecification(name: string): string {
  const text = readFileSync(new URL('../../../docs/wire-format.md', import.meta.url), 'utf8');
  const block = new RegExp(`^\`\`\`hex ${name}\\n([^\`]*)\`\`\``, 'm').exec(text)?.[1] ?? '';
  return block.replaceAll(/#.*|\s/g, '');
}

for (const name of ['unary-request', 'unary-reply']) {
  test(`the example of the specification has the bytes of the fixture ${name}`, (t) => {
    const fixture = valid.find((one) => one.name === `valid/${name}.json`);
    t.is(bytesInSpecification(`${name} key`), fixture?.key ?? 'no fixture');
    t.is(bytesInSpecification(`${name} value`), fixture?.value ?? 'no fixture');
  });
}
