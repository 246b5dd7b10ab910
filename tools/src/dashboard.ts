/** `npm run dashboard`: writes Grafana's dashboard, or with `--check` only sees whether it is as it should be. */
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
