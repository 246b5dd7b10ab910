import { writeFile } from 'node:fs/promises';
import { runMain } from '@wherry/tools/local';
import { addedWorkersTable, measureAddedWorkers } from './added-workers.js';
import { openBroker } from './broker.js';
import { coldStartTable, measureColdStart } from './cold-start.js';
import { describeMachine } from './machine.js';
import { measureMemory, memoryTable } from './memory.js';
import { HELP, readOptions } from './options.js';
import { ownParts, type PartName } from './parts.js';
import { installPeers } from './peers/kits.js';
import { pictureOf } from './picture.js';
import { printProfiles } from './profile.js';
import { resultTables, threadTable } from './result-table.js';
import { runRounds } from './rounds.js';
import { summarize } from './summary.js';
import { asMarkdown, asText, type Table } from './table.js';
import { warmBroker } from './warm-broker.js';

async function main(): Promise<void> {
  const asked = readOptions();
  if (asked === 'help') {
    console.log(HELP);
    return;
  }
  // The children end when this process does, and so does Kafka: there is nothing to undo first.
  const exitNow = () => process.exit(130);
  process.once('SIGINT', exitNow).once('SIGTERM', exitNow);

  const say = (line: string) => console.error(line);
  const options = { ...asked, systems: await installPeers(asked.systems, say) };
  await using broker = await openBroker(options);
  const machine = describeMachine(broker);
  for (const [name, value] of Object.entries(machine)) say(`${name}: ${value}`);

  const ifAsked = async <T>(part: PartName, run: () => Promise<T[]>): Promise<T[]> =>
    options.parts.includes(part) ? await run() : [];
  await warmBroker(broker, options, say);
  const measurements = await runRounds(options, broker, say);
  const summary = summarize(measurements);
  const memory = await ifAsked('memory', () => measureMemory(options, broker, say));
  const workers = await ifAsked('workers', () => measureAddedWorkers(options, broker, say));
  const cold = await ifAsked('cold', () => measureColdStart(options, broker, say));

  const tables = [
    ...resultTables(summary),
    { title: ownParts.memory, table: memoryTable(memory) },
    { title: ownParts.workers, table: addedWorkersTable(workers) },
    { title: ownParts.cold, table: coldStartTable(cold) },
  ].filter(({ table }) => table.rows.length > 0);
  for (const { title, table } of tables) print(title, table, options.markdown);
  if (options.profile !== undefined) {
    console.log(`\n${asText(threadTable(summary))}`);
    await printProfiles(options.profile);
  }
  if (options.picture !== undefined) await writeFile(options.picture, pictureOf({ machine, summary }));
  if (options.json !== undefined) {
    const { json, profile, markdown, picture, ...plan } = options;
    const results = { machine, plan, summary, memory, workers, cold, measurements };
    await writeFile(json, `${JSON.stringify(results, null, 2)}\n`);
  }
}

function print(title: string, table: Table, markdown: boolean): void {
  console.log(markdown ? `\n### ${title}\n\n${asMarkdown(table)}` : `\n${title}\n\n${asText(table)}`);
}

runMain(main);
