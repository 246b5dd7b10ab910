import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { filesOf, groupsOf, type Suite, testGroups } from './suites.js';

const suites: readonly Suite[] = ['embedded', 'programs', 'one broker', 'three brokers'];
const listed = testGroups.flatMap(({ files }) => files);
const source = fileURLToPath(new URL('../../test/src', import.meta.url));
const written = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => path.slice(0, -'.test.ts'.length).replaceAll('\\', '/'));

test('each test file of test/src is in one list, and each list has only files that are there', (t) => {
  t.deepEqual([...listed].sort(), written.sort());
});

test('a test file that no list has runs in every suite', (t) => {
  const file = 'test/dist/of-tomorrow.test.js';
  for (const suite of suites) t.deepEqual(filesOf(suite, [file]), [file], suite);
});

test('every file runs once without real Kafka, or on one broker; each that runs on three brokers also runs on one', (t) => {
  const files = [...written.map((name) => `test/dist/${name}.test.js`), 'packages/wire/dist/reader.test.js'];
  const [embedded, programs, one, three] = suites.map((suite) => filesOf(suite, files)) as [
    string[],
    string[],
    string[],
    string[],
  ];
  const real = one.filter((file) => !embedded.includes(file) && !programs.includes(file));
  t.deepEqual([...embedded, ...programs, ...real].sort(), [...files].sort());
  t.deepEqual(
    three.filter((file) => !one.includes(file)),
    [],
  );
  t.false(one.includes('packages/wire/dist/reader.test.js'));
});

test('the groups of a suite have each of its files once', (t) => {
  const files = written.map((name) => `test/dist/${name}.test.js`);
  t.deepEqual(groupsOf(files).flat().sort(), [...files].sort());
  t.deepEqual(groupsOf([]), []);
});
