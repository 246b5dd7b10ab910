import { runMain } from '@wherry/tools/local';
import { type Broker, openBroker } from './broker.js';
import { describe, type GuardResults, judge } from './guard.js';
import { measureMemory } from './memory.js';
import { type BenchOptions, readOptions } from './options.js';
import { runRounds } from './rounds.js';

const HELP = `Holds a short run of the benchmarks to wide bounds. It compares ratios of neighbours in time, never times, and of
each ratio the best round counts; it ends as soon as every bound holds, and fails when one held in no round.

  npm run bench:guard -- [options of npm run bench]`;

const ROUNDS = 6;

runMain(async () => {
  const options = readOptions([
    ...['--quick', '--what', 'load,streams,memory', '--only', 'floor,channel,gateway,direct'],
    ...['--callers', '1,256', '--rounds', String(ROUNDS)],
    ...process.argv.slice(2),
  ]);
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  const exitNow = () => process.exit(130);
  process.once('SIGINT', exitNow).once('SIGTERM', exitNow);

  const say = (line: string) => console.error(line);
  const verdicts = judge(await measureOnceMoreIfNeeded(options, say));
  console.log(
    '\nRatios of a short run, with bounds that only what is broken misses (docs/performance.md has the figures):',
  );
  for (const verdict of verdicts) console.log(describe(verdict));
  const failed = verdicts.filter(({ holds }) => !holds).length;
  if (failed > 0) {
    throw new Error(
      `${failed} of ${verdicts.length} bounds held in none of ${options.rounds} rounds. Something has become much slower, or ` +
        'much larger: `npm run bench -- --quick` on the commit before tells since when, and --profile where.',
    );
  }
});

/** A machine that stood still for seconds may have ended calls that were under way: that says nothing of ratios. */
async function measureOnceMoreIfNeeded(options: BenchOptions, say: (line: string) => void): Promise<GuardResults> {
  try {
    return await measure(options, say);
  } catch (error) {
    say(`could not be measured, and is tried once more: ${(error as Error).message}`);
    return await measure(options, say);
  }
}

async function measure(options: BenchOptions, say: (line: string) => void): Promise<GuardResults> {
  await using broker: Broker = await openBroker(options);
  const memory = await measureMemory(options, broker, say);
  const enough = (measurements: GuardResults['measurements']) =>
    judge({ measurements, memory }).every(({ holds }) => holds);
  return { memory, measurements: await runRounds(options, broker, say, enough) };
}
