import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { callArguments, useKeptEcho } from './support/kept-echo.js';
import { isRefused, run, Wherry } from './support/wherry-command.js';

// The command in surroundings that are not what it would like: an older Node, no compiled node-rdkafka, an output that nobody reads.

const cli = fileURLToPath(new URL('../../packages/cli/', import.meta.url));
const namespace = `cli-${randomUUID()}`;
const brokers = useKeptEcho(test, namespace);

/** Environment of a `wherry` that runs this code first. */
function after(code: string): { env: Record<string, string> } {
  return { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` } };
}

/** node-rdkafka as it is after `npm install --ignore-scripts`. */
const notCompiled = after(`
  import { register } from 'node:module';
  const broken = 'data:text/javascript,export default undefined; throw new Error("Could not locate the bindings file.")';
  const hooks = 'export const resolve = (name, context, next) => name === "node-rdkafka" ? ' +
    '{ url: ' + JSON.stringify(broken) + ', shortCircuit: true } : next(name, context);';
  register('data:text/javascript,' + encodeURIComponent(hooks));`);

test('help texts and gen need no compiled node-rdkafka', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-environment-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  // Each of them loads the declarations of all commands.
  for (const args of [
    ['--help'],
    ['call', '--help'],
    ['gen', '--out', folder, `${cli}proto/google/rpc/status.proto`],
  ]) {
    const { code, err } = await run(t, args, undefined, notCompiled);
    t.is(err, '', args.join(' '));
    t.is(code, 0, args.join(' '));
  }
});

test('new and trace need no compiled node-rdkafka, nor does a wrong command line', async (t) => {
  const none = ['--jaeger', 'http://127.0.0.1:1'];
  isRefused(t, await run(t, ['trace', 'last', ...none], undefined, notCompiled), 1, /no Jaeger answers/);
  isRefused(t, await run(t, ['new', 'service', 'x'], undefined, notCompiled), 2, /"x" is not package\.Service/);
  isRefused(t, await run(t, ['gateway'], undefined, notCompiled), 2, /'--brokers <host:port>' not specified/);
});

test('a command that needs node-rdkafka says in one line how to compile it', async (t) => {
  for (const args of [['broker'], ['call', '--list', '--brokers', '127.0.0.1:1']]) {
    isRefused(t, await run(t, args, undefined, notCompiled), 1, /node-rdkafka, which is not compiled .*npm rebuild/);
  }
});

test('an older Node gets one line', async (t) => {
  const older = after("Object.defineProperty(process, 'version', { value: 'v18.20.8' })");
  const { code, out, err } = await run(t, ['--help'], undefined, older);
  t.is(err, 'wherry needs Node 20.15 or newer; this is v18.20.8\n');
  t.is(out, '');
  t.is(code, 1);
});

test('the versions of Node that the command accepts are those of its package.json', async (t) => {
  const { checkNode } = (await import(`${cli}bin/check-node.js`)) as { checkNode(version: string): string | undefined };
  const { engines } = JSON.parse(readFileSync(`${cli}package.json`, 'utf8')) as { engines: { node: string } };
  t.is(engines.node, '^20.15 || >=22.2');
  for (const version of ['v20.15.0', 'v20.19.4', 'v22.2.0', 'v23.0.0', 'v24.1.0']) t.is(checkNode(version), undefined);
  for (const version of ['v12.22.0', 'v18.20.8', 'v20.14.0', 'v21.7.3', 'v22.1.0']) {
    t.regex(checkNode(version) ?? '', new RegExp(`^wherry needs Node 20\\.15[^\\n]* or newer; this is ${version}$`));
  }
});

test('a call whose output nobody reads any more ends quietly, as if by SIGPIPE', async (t) => {
  const where = ['--brokers', brokers(), '--namespace', namespace];
  const wherry = new Wherry(t, callArguments('Expand', ...where, '-d', '{"text":"large","number":1000}'));
  await wherry.line('out', /\n/);
  wherry.process.stdout?.destroy();
  t.is(await wherry.exit, 128 + 13);
  t.is(wherry.err, '');
});

test('a help text that nobody reads ends quietly', async (t) => {
  const wherry = new Wherry(t, ['--help']);
  wherry.process.stdout?.destroy();
  t.is(await wherry.exit, 128 + 13);
  t.is(wherry.err, '');
});
