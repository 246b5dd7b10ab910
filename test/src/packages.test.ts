import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { createChannel, type WherryChannel } from '@wherry/client';
import { startEmbeddedBroker } from '@wherry/kafka';
import test, { type ExecutionContext } from 'ava';
import { realKafka } from './support/brokers.js';
import { codeBlocks, filesOf, repository } from './support/code-blocks.js';
import { newerNodes, nodeRelease, useNative } from './support/node-releases.js';
import { run, useProgram } from './support/other-languages.js';
import { emptyFolder, installPacked, packAll, tsc, writeFiles } from './support/packed-project.js';
import { servedUntil } from './support/served-until.js';

// The packages as a user gets them: packed, installed into an empty project, with the code of README.md. On an embedded broker, always.

const packages = readdirSync(`${repository}packages`);
const pages = ['docs/coming-from-grpc-js.md', 'docs/coming-from-reply-topics.md'];
const SERVICE = 'helloworld.Greeter';
const tsconfig = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    outDir: 'dist',
    rootDir: '.',
    skipLibCheck: true,
  },
  exclude: ['dist'],
};

// Once is enough: what differs with the broker has its tests elsewhere.
const onceOnly = realKafka === undefined ? test : test.skip;

let project = '';
let packed = '';
let tarballs: string[] = [];
let channel: WherryChannel;
const closers: (() => Promise<void>)[] = [];

test.before('a project with the packed packages and the code of README.md', async (t) => {
  if (realKafka !== undefined) return;
  t.timeout(600_000);
  const folder = await emptyFolder();
  closers.push(folder.remove);
  project = join(folder.path, 'app');
  packed = join(folder.path, 'packed');
  tarballs = await packAll(packed);
  const broker = await startEmbeddedBroker();
  closers.push(() => broker.close());
  const readme = [...filesOf(codeBlocks('README.md'))].map(
    ([name, text]) => [name, asRunHere(text, broker.bootstrapServers)] as const,
  );
  await writeFiles(project, [
    ['package.json', JSON.stringify({ name: 'app', private: true, type: 'module' })],
    ['tsconfig.json', JSON.stringify(tsconfig)],
    ['stub/greeter.ts', readFileSync(`${repository}test/readme/greeter.ts`, 'utf8')],
    ...readme,
  ]);
  await installPacked(project, packed, tarballs);

  channel = await createChannel({ brokers: broker.bootstrapServers });
  closers.unshift(() => channel.close());
  await run('npx', ['wherry', 'gen', '--out', 'gen', 'greeter.proto'], { cwd: project });
  await run(process.execPath, [tsc], { cwd: project });
});

test.after.always('what was made goes', async () => {
  for (const close of closers) await close();
});

onceOnly('each tarball has what its package.json names, its licence and its README, and no tests', async (t) => {
  t.is(tarballs.length, packages.length);
  for (const tarball of tarballs) {
    const files = new Set((await run('tar', ['tzf', join(packed, tarball)])).match(/(?<=package\/).+/g));
    const manifest = JSON.parse(await run('tar', ['xzfO', join(packed, tarball), 'package/package.json']));
    const { name, exports, bin = {}, dependencies, version } = manifest;
    const named = [exports, bin].flatMap((value) => JSON.stringify(value).match(/(?<=")\.\/[^"]+(?=")/g) ?? []);
    const targets = named.filter((path) => /\/(dist|bin)\//.test(path)).map((path) => path.slice(2));
    t.true(targets.length > 0, name);
    for (const file of ['LICENSE', 'README.md', ...targets]) t.true(files.has(file), `${name}: ${file}`);
    t.deepEqual(
      [...files].filter((file) => /^(dist|src)\/.*\.test\.|tsbuildinfo|^test/.test(file)),
      [],
      name,
    );
    // Where a map says that the source is. What an earlier build left has none, here or there; `npm run pack` begins anew.
    const sources = [...files].filter((file) => file.endsWith('.js.map')).map(sourceOf);
    const folder = `${repository}packages/${name.replace('@wherry/', '')}`;
    t.deepEqual(
      sources.filter((file) => existsSync(join(folder, file)) && !files.has(file)),
      [],
      name,
    );
    for (const [other, range] of Object.entries(dependencies ?? {})) {
      if (other.startsWith('@wherry/')) t.is(range, version, `${name}: ${other}`);
    }
  }
  const licence = readFileSync(`${repository}LICENSE`, 'utf8');
  for (const name of packages) t.is(readFileSync(`${repository}packages/${name}/LICENSE`, 'utf8'), licence, name);
});

onceOnly(
  'types hold in the resolutions node16 and bundler, as in the nodenext of all that is run here, with the code of the packages’ READMEs and of other pages',
  async (t) => {
    t.timeout(300_000);
    const others = [...packages.map((name) => `packages/${name}/README.md`), ...pages];
    for (const page of others) await writeFiles(join(project, 'other-pages'), filesOf(codeBlocks(page)));
    // What they import by `./`.
    for (const folder of ['', 'before', 'after']) {
      const gen = join('other-pages', folder, 'gen');
      await run('npx', ['wherry', 'gen', '--out', gen, 'greeter.proto'], { cwd: project });
      await cp(join(project, 'stub'), join(project, 'other-pages', folder, 'stub'), { recursive: true });
    }
    for (const [module, resolution] of [
      ['node16', 'node16'],
      ['esnext', 'bundler'],
    ] as const) {
      const flags = [
        '-p',
        '.',
        '--noEmit',
        '--skipLibCheck',
        'false',
        '--module',
        module,
        '--moduleResolution',
        resolution,
      ];
      await t.notThrowsAsync(run(process.execPath, [tsc, ...flags], { cwd: project }), resolution);
    }
  },
);

onceOnly('the wherry command is there', async (t) => {
  const { version } = JSON.parse(readFileSync(`${repository}packages/cli/package.json`, 'utf8'));
  t.is((await run('npx', ['wherry', '--version'], { cwd: project })).trim(), version);
});

onceOnly('a CommonJS program imports them', async (t) => {
  const program = "import('@wherry/client').then(({ createChannel }) => console.log(typeof createChannel))";
  await writeFiles(project, [['common.cjs', program]]);
  t.is(await run(process.execPath, ['common.cjs'], { cwd: project }), 'function\n');
});

onceOnly(`the code of README.md runs on Node ${process.versions.node}`, (t) => runsReadme(t, process.execPath));

if (realKafka === undefined) {
  for (const version of newerNodes) {
    const release = useProgram(test, `Node ${version}`, () => nodeRelease(version));
    test(`the code of README.md runs on Node ${version}`, async (t) => {
      const found = release(t);
      if (found === undefined) return;
      await useNative(project, found.native);
      t.is((await run(found.node, ['--version'])).trim(), `v${version}`);
      await runsReadme(t, found.node);
    });
  }
}

function sourceOf(map: string): string {
  return map.replace(/^dist/, 'src').replace(/\.js\.map$/, '.ts');
}

/** As written, but for two things: here the broker is where its port is free, and a call's time is that of a busy machine. */
function asRunHere(code: string, brokers: string): string {
  return code.replaceAll('localhost:9092', brokers).replaceAll(/(?<=timeoutMs: |Date\.now\(\) \+ )\d+/g, '60_000');
}

/** Its worker and its callers, as programs of their own. */
async function runsReadme(t: ExecutionContext, node: string): Promise<void> {
  t.timeout(120_000);
  for (const name of ['worker', 'stub-worker']) {
    const worker = spawn(node, [`dist/${name}.js`], { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] });
    const ended = once(worker, 'close');
    t.teardown(() => worker.kill('SIGKILL'));
    await servedUntil(channel, ({ names }) => names.includes(SERVICE));
    await answered();
    t.is(await run(node, ['dist/caller.js'], { cwd: project }), 'Hello Ada\nHello again Ada\n', name);
    t.is(await run(node, ['dist/stub-caller.js'], { cwd: project }), 'Hello Ada\n', name);
    worker.kill('SIGTERM');
    t.deepEqual(await ended, [0, null], name);
    await servedUntil(channel, ({ names }) => !names.includes(SERVICE));
  }
}

/** Until the worker has its partitions: it says that it lacks this method. */
function answered(): Promise<void> {
  const client = new Client('wherry', credentials.createInsecure(), { channelOverride: channel });
  const bytes = (buffer: Buffer): Buffer => buffer;
  return new Promise((resolve) => {
    client.makeUnaryRequest(`/${SERVICE}/AreYouThere`, bytes, bytes, Buffer.alloc(0), () => resolve());
  });
}
