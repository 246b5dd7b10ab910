import { writeFile } from 'node:fs/promises';
import { openBroker } from './bench/broker.js';
import { describeMachine } from './bench/machine.js';
import { HELP, readOptions } from './bench/options.js';
import { printProfiles } from './bench/profile.js';
import { resultTable, threadTable } from './bench/result-table.js';
import { runRounds } from './bench/rounds.js';
import { summarize } from './bench/summary.js';
import { asMarkdown, asText } from './bench/table.js';

async function main(): Promise<void> {
  const options = readOptions();
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  // The children end when this process does, and so does Kafka: there is nothing to undo first.
  const exitNow = () => process.exit(130);
  process.once('SIGINT', exitNow).once('SIGTERM', exitNow);

  await using broker = await openBroker(options);
  const machine = describeMachine(broker);
  const say = (line: string) => console.error(line);
  for (const [name, value] of Object.entries(machine)) say(`${name}: ${value}`);

  const measurements = await runRounds(options, broker, say);
  const summary = summarize(measurements);
  const table = resultTable(summary);
  console.log(`\n${options.markdown ? asMarkdown(table) : asText(table)}`);
  if (options.profile !== undefined) {
    console.log(`\n${asText(threadTable(summary))}`);
    await printProfiles(options.profile);
  }
  if (options.json !== undefined) {
    const { systems, callers, rounds, warmUpMs, measureMs, bodyBytes, compression } = options;
    const plan = { systems, callers, rounds, warmUpMs, measureMs, bodyBytes, compression };
    await writeFile(options.json, `${JSON.stringify({ machine, plan, summary, measurements }, null, 2)}\n`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
