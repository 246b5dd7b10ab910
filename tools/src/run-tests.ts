/** `npm test`, `npm run test:programs` and `npm run test:kafka`: suites of the tests, each on its brokers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { startKafka } from './kafka/cluster.js';
import {
  checkKafkaVersion,
  defaultKafkaVersion,
  type KafkaVersion,
  kafkaRelease,
  kafkaVersions,
} from './kafka/versions.js';
import { filesOf, groupsOf, type Suite } from './suites.js';

const HELP = `Usage: node tools/dist/run-tests.js SUITE [AVA'S ARGUMENTS] [TEST FILES]

  npm test [-- ...]               the suite on embedded brokers
  npm run test:programs [-- ...]  the tests that need Go, Python, other releases of Node, or npm's registry
  npm run test:kafka [-- ...]     the demo, and the tests whose result may differ on real Kafka. It runs them on one broker, and
                                  then the demo and a part of the tests on three. It needs a JDK and Maven. --nodes 1 leaves
                                  out the run on three brokers, and --nodes 3 the run on one. --version takes Kafka's version:
                                  ${kafkaVersions.join(', ')}; ${defaultKafkaVersion} is the default

TEST FILES, such as test/dist/calls.test.js, replace the suite's own. CONTRIBUTING.md says what each suite guards.
`;

const AVA = 'node_modules/ava/entrypoints/cli.mjs';
/**
 * The number of AVAs that run at the same time. Each runs one file after another, and the tests of a file in turn (`serial`). Tests wait
 * about as much as they compute, so these numbers keep the two cores of a small machine busy. Real Kafka computes too.
 */
const atATime: Record<Suite, number> = { embedded: 4, programs: 2, 'one broker': 3, 'three brokers': 2 };
/** How many of the slowest runs of AVA are listed at the end, with their times. */
const SLOWEST = 12;

const [suite, ...rest] = process.argv.slice(2);
if (rest.includes('--help')) process.stdout.write(HELP);
else if (suite === 'embedded' || suite === 'programs') process.exitCode = await runSuite(suite, rest);
else if (suite === 'kafka') process.exitCode = await runOnKafka(rest);
else {
  process.stderr.write(HELP);
  process.exitCode = 2;
}

async function runOnKafka(args: readonly string[]): Promise<number> {
  const { sizes, version, ava } = takeKafkaOptions(args);
  let failed = 0;
  for (const nodes of sizes) {
    await using kafka = await startKafka({ nodes, version });
    const brokers = kafka.bootstrapServers;
    const suite = nodes === 1 ? 'one broker' : 'three brokers';
    process.stdout.write(`\n== real Kafka ${kafkaRelease(version)}, ${suite}: ${brokers}\n`);
    const demo = ['examples/route-guide/dist/demo.js', '--once', '--brokers', brokers, '--listen', '127.0.0.1:0'];
    if (ava.length === 0 && (await run(demo, {})) !== 0) failed++;
    if ((await runSuite(suite, ava, { WHERRY_BROKERS: brokers })) !== 0) failed++;
  }
  return failed === 0 ? 0 : 1;
}

function takeKafkaOptions(args: readonly string[]): {
  sizes: readonly (1 | 3)[];
  version: KafkaVersion;
  ava: readonly string[];
} {
  const [nodes, others] = takeOption('--nodes', args);
  const [version = defaultKafkaVersion, ava] = takeOption('--version', others);
  return { sizes: nodes === undefined ? [1, 3] : [nodes === '3' ? 3 : 1], version: checkKafkaVersion(version), ava };
}

/** The option's value, and the arguments without it. */
function takeOption(name: string, args: readonly string[]): [value: string | undefined, others: readonly string[]] {
  const at = args.indexOf(name);
  return at < 0 ? [undefined, args] : [args[at + 1] ?? '', args.toSpliced(at, 2)];
}

/** Runs the suite's files, or those that the arguments name, and gives the exit code. */
async function runSuite(suite: Suite, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  if (args.some((arg) => arg.endsWith('.js'))) return run([AVA, ...args], env);
  const groups = groupsOf(filesOf(suite, testFiles())).values();
  const failed: string[] = [];
  const times: { files: readonly string[]; seconds: number }[] = [];
  let passed = 0;
  const inTurn = async (): Promise<void> => {
    for (const files of groups) {
      const began = performance.now();
      const { code, output } = await capture([AVA, ...args, ...files], env);
      process.stdout.write(output);
      passed += Number(/^ *(\d+) tests? passed/m.exec(stripVTControlCharacters(output))?.[1] ?? 0);
      if (code !== 0) failed.push(...files);
      times.push({ files, seconds: (performance.now() - began) / 1000 });
    }
  };
  await Promise.all(Array.from({ length: atATime[suite] }, inTurn));
  times.sort((a, b) => b.seconds - a.seconds);
  for (const { files, seconds } of times.slice(0, SLOWEST))
    process.stdout.write(`${seconds.toFixed(0).padStart(5)} s  ${files.join(' ')}\n`);
  process.stdout.write(
    `\nThe suite "${suite}": ${passed} passed${failed.length === 0 ? '' : `; failed in ${failed}`}\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** All compiled test files, by their paths in the repository. */
function testFiles(): string[] {
  const folders = ['packages', 'examples', 'tools'].flatMap((parent) =>
    readdirSync(parent).map((name) => `${parent}/${name}`),
  );
  return [...folders, 'tools', 'test']
    .map((folder) => `${folder}/dist`)
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.test.js'))
        .map((path) => join(folder, path).replaceAll('\\', '/')),
    );
}

/** Runs a script of the repository with Node, shows what it prints, and gives its exit code. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** The same, but what it prints is given at its end, so that the output of several does not mix. */
async function capture(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...color, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, output };
}
