import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runMain } from '@wherry/tools/local';
import { type BenchOptions, HELP, readOptions } from './options.js';
import type { PartName } from './plan.js';
import { printProfiles } from './processes/cpu.js';
import { installPeers, peerKits } from './processes/peer-kits.js';
import { describe, type GuardResults, judge } from './report/guard.js';
import { type PictureSource, pictureOf } from './report/picture.js';
import { summarize } from './report/summary.js';
import { asMarkdown, asText, type Table, tablesOf, threadTable } from './report/tables.js';
import { type Broker, describeMachine, openBroker } from './run/broker.js';
import { measureAddedWorkers, measureColdStart, measureMemory } from './run/outside-rounds.js';
import { runRounds, warmBroker } from './run/rounds.js';

const GUARD_HELP = `Runs a short benchmark and checks ratios against wide bounds. A ratio compares two systems in one round.
A bound holds if its ratio is good in at least one round; different bounds may hold in different rounds. The guard ends as soon as every
bound has held. It fails if a bound held in no round.

  npm run bench:guard -- [options of npm run bench]`;

const GUARD_ROUNDS = 6;

const PICTURE_HELP = `Draws the results of the benchmarks.

  npm run bench:picture -- RESULTS.json PICTURE.svg

RESULTS.json is the file that \`npm run bench -- --json RESULTS.json\` wrote.`;

const PEERS_HELP = `Lists the other systems with which \`npm run bench -- --peers\` compares Wherry, and says whether each is installed.

  npm run peers -- [options]

  --install  installs the missing ones into tools/bench/peers, .peers and ~/.cache/wherry
  --help     this text`;

const commands: Readonly<Record<string, (args: string[]) => Promise<void>>> = { bench, guard, picture, peers };

runMain(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const command = commands[name];
  if (command === undefined) throw new Error(`the first argument must be one of ${Object.keys(commands).join(', ')}`);
  await command(args);
});

function say(line: string): void {
  console.error(line);
}

async function bench(args: string[]): Promise<void> {
  const asked = readOptions(args);
  if (asked === 'help') {
    console.log(HELP);
    return;
  }
  exitOnSignals();
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

  for (const { title, table } of tablesOf({ summary, memory, workers, cold })) print(title, table, options.markdown);
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

async function guard(args: string[]): Promise<void> {
  const options = readOptions([
    ...['--quick', '--what', 'load,streams,memory', '--only', 'by-hand,channel,gateway,direct'],
    ...['--callers', '1,256', '--rounds', String(GUARD_ROUNDS)],
    ...args,
  ]);
  if (options === 'help') {
    console.log(GUARD_HELP);
    return;
  }
  exitOnSignals();
  const verdicts = judge(await measureOnceMoreIfNeeded(options));
  console.log('\nRatios of a short run, with wide bounds (docs/performance.md has the published figures):');
  for (const verdict of verdicts) console.log(describe(verdict));
  const failed = verdicts.filter(({ holds }) => !holds).length;
  if (failed > 0) {
    throw new Error(
      `${failed} of ${verdicts.length} bounds held in none of ${options.rounds} rounds. Something has become much slower, or ` +
        'much larger. `npm run bench -- --quick` on earlier commits finds the change, and its --profile finds the code.',
    );
  }
}

/** A machine that stood still for seconds may have ended calls that were under way. That says nothing about ratios. */
async function measureOnceMoreIfNeeded(options: BenchOptions): Promise<GuardResults> {
  try {
    return await measureForGuard(options);
  } catch (error) {
    say(`the measurement failed, and is tried once more: ${(error as Error).message}`);
    return await measureForGuard(options);
  }
}

async function measureForGuard(options: BenchOptions): Promise<GuardResults> {
  await using broker: Broker = await openBroker(options);
  const memory = await measureMemory(options, broker, say);
  const enough = (measurements: GuardResults['measurements']) =>
    judge({ measurements, memory }).every(({ holds }) => holds);
  return { memory, measurements: await runRounds(options, broker, say, enough) };
}

/** The processes of a run end when this one does, and so does Kafka: nothing needs to be undone first. */
function exitOnSignals(): void {
  const exitNow = () => process.exit(130);
  process.once('SIGINT', exitNow).once('SIGTERM', exitNow);
}

async function picture(args: string[]): Promise<void> {
  const [from, to, ...more] = args;
  if (from === undefined || to === undefined || more.length > 0 || from.startsWith('-')) {
    console.log(PICTURE_HELP);
    return;
  }
  const results = JSON.parse(await readFile(from, 'utf8')) as PictureSource;
  if (!Array.isArray(results.summary)) throw new Error(`${from} has no results of \`npm run bench -- --json\``);
  await writeFile(to, pictureOf(results));
}

async function peers(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { install: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) {
    console.log(PEERS_HELP);
    return;
  }
  if (values.install) {
    const all = peerKits.flatMap(({ systems }) => systems);
    await installPeers(all, say);
  }
  for (const { title, systems, installed } of peerKits) {
    console.log(`${installed() ? 'installed' : 'missing  '}  ${systems.join(', ')}: ${title}`);
  }
}
