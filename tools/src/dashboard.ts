/** `npm run dashboard`: writes Grafana's dashboard. With `--check` it only checks whether the file is up to date. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { dashboardJson } from './dashboard/dashboard.js';
import { dashboardFile } from './dashboard/file.js';
import { runMain } from './local/in-terminal.js';

runMain(async () => {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  if (!values.check) await writeFile(dashboardFile, dashboardJson());
  else if ((await readFile(dashboardFile, 'utf8')) !== dashboardJson()) {
    throw new Error(`${dashboardFile} is not what tools/src/dashboard makes: run \`npm run dashboard\``);
  }
});
