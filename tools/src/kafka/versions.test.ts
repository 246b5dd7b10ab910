import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { startKafka } from './cluster.js';
import { checkKafkaVersion, defaultKafkaVersion, type KafkaVersion, kafkaRelease, kafkaVersions } from './versions.js';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

test('each version is taken, and its release is a patch of it', (t) => {
  for (const version of kafkaVersions) {
    t.is(checkKafkaVersion(version), version);
    t.regex(kafkaRelease(version), new RegExp(`^${version.replace('.', '\\.')}\\.\\d+$`));
  }
});

test('another version is an error that names the choices', async (t) => {
  const wrong = { instanceOf: RangeError, message: 'version is 4.2; it must be 3.9, 4.1 or 4.4' };
  t.throws(() => checkKafkaVersion('4.2'), wrong);
  t.throws(() => checkKafkaVersion(''), { message: 'version is empty; it must be 3.9, 4.1 or 4.4' });
  await t.throwsAsync(startKafka({ version: '4.2' as KafkaVersion }), wrong);
});

test('the default is the newest version, and the Compose file has it too', (t) => {
  t.is(defaultKafkaVersion, kafkaVersions.at(-1) as KafkaVersion);
  t.true(read('docker-compose.yml').includes(`image: apache/kafka:${kafkaRelease(defaultKafkaVersion)}\n`));
});

test('the docs name each release that is tested', (t) => {
  for (const page of ['docs/running-kafka.md', 'docs/operations.md']) {
    const text = read(page);
    for (const version of kafkaVersions) t.true(text.includes(kafkaRelease(version)), `${page}: ${version}`);
  }
});
