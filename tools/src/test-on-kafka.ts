/** `npm run test:kafka`: the demo and the whole suite against real Kafka, one broker and then three. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startKafka } from './kafka/cluster.js';

const { values, positionals } = parseArgs({
  options: { nodes: { type: 'string' }, help: { type: 'boolean' } },
  allowPositionals: true,
});

if (values.help) {
  process.stdout.write(`Usage: npm run test:kafka [-- [--nodes 1|3] [TEST FILES]]

Starts real Kafka (a JDK and Maven are needed), one broker and then three, and against each runs
the demo and the suite. TEST FILES limit the suite: test/dist/calls.test.js
`);
} else {
  process.exitCode = await testOnKafka(values.nodes === undefined ? [1, 3] : [values.nodes === '3' ? 3 : 1]);
}

async function testOnKafka(sizes: readonly (1 | 3)[]): Promise<number> {
  let failed = 0;
  for (const nodes of sizes) {
    await using kafka = await startKafka({ nodes });
    const brokers = kafka.bootstrapServers;
    process.stdout.write(`\n== real Kafka, ${nodes === 1 ? 'one broker' : 'three brokers'}: ${brokers}\n`);
    const demo = ['examples/route-guide/dist/demo.js', '--once', '--brokers', brokers, '--listen', '127.0.0.1:0'];
    if (positionals.length === 0 && (await run(demo, {})) !== 0) failed++;
    if ((await run(['node_modules/ava/entrypoints/cli.mjs', ...positionals], { WHERRY_BROKERS: brokers })) !== 0)
      failed++;
  }
  return failed === 0 ? 0 : 1;
}

/** Runs a script of the repository with Node, shows what it prints, and gives its exit code. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
