/** `npm run interop-table`: writes the tables of docs/interop.md from the results of the suite. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readResults, resultsFolder } from './interop/results.js';
import { differences, withTables } from './interop/table.js';

const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
const path = fileURLToPath(new URL('../../docs/interop.md', import.meta.url));

if (values.help) {
  process.stdout.write(`Usage: npm run interop-table [-- --check]

Writes the tables of docs/interop.md from the results of the last run of test/dist/interop.test.js
on each broker. With --check it writes nothing, and fails if a table differs from the results.
`);
} else {
  const document = readFileSync(path, 'utf8');
  const results = readResults(resultsFolder());
  if (values.check) {
    const wrong = differences(document, results);
    for (const sentence of wrong) process.stdout.write(`${sentence}\n`);
    if (wrong.length > 0) process.exitCode = 1;
    else process.stdout.write(`docs/interop.md agrees with the ${results.length} results\n`);
  } else {
    writeFileSync(path, withTables(document, results));
  }
}
