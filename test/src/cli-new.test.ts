import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = join(root, 'packages/cli/bin/wherry.js');

const made = [
  'package.json',
  'tsconfig.json',
  '.gitignore',
  'README.md',
  'proto/inventory/v1/inventory.proto',
  'src/call.ts',
  'src/laptop.ts',
  'src/service.test.ts',
  'src/service.ts',
  'src/worker.ts',
  'src/gen/inventory/v1/inventory.ts',
];

/** A folder that goes with the test. Wherry's packages are those of this repository. */
function emptyFolder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'wherry-new-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  return path;
}

/** A program in a folder; the end of the test ends it. */
class Program {
  out = '';
  err = '';
  readonly exit: Promise<number | NodeJS.Signals>;
  readonly #output = new EventEmitter();
  readonly #child;

  constructor(t: ExecutionContext, cwd: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    // What npm tells the scripts that it runs is not for the npm in here.
    const inherited = Object.entries(process.env).filter(([name]) => !/^npm_|^WHERRY_|^NODE_/i.test(name));
    this.#child = spawn(command, args, {
      cwd,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#add('out', text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#add('err', text));
    this.exit = once(this.#child, 'close').then(([code, signal]) => code ?? signal);
    t.teardown(() => this.#child.kill('SIGKILL'));
  }

  #add(stream: 'out' | 'err', text: string): void {
    this[stream] += text;
    this.#output.emit('more');
  }

  kill(): void {
    this.#child.kill('SIGTERM');
  }

  /** Waits for output that matches, and gives the first group of it. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.out);
      if (match !== null) return match[1] ?? '';
      const ended = this.exit.then((code) => {
        if (!pattern.test(this.out)) throw new Error(`it ended with ${code}: ${this.out}${this.err}`);
      });
      await Promise.race([once(this.#output, 'more'), ended]);
    }
  }
}

function npm(t: ExecutionContext, cwd: string, script: string, env?: NodeJS.ProcessEnv): Program {
  return new Program(t, cwd, 'npm', ['run', '--silent', script], env);
}

test('a new service passes its test, runs, and is called by its typed client', async (t) => {
  t.timeout(300_000);
  const folder = emptyFolder(t);
  const wherry = new Program(t, folder, process.execPath, [bin, 'new', 'service', 'inventory.v1.Inventory']);
  t.is(await wherry.exit, 0, wherry.err);
  t.deepEqual(wherry.out.trimEnd().split('\n'), made);
  t.regex(wherry.err, /^next:\n {2}npm install\n {2}npm start .*\n {2}npm run call .*\n {2}npm test\n$/);

  const tested = npm(t, folder, 'test');
  t.is(await tested.exit, 0, tested.out + tested.err);
  t.regex(tested.out, /^# pass 3$/m);

  const started = npm(t, folder, 'start', { WHERRY_GATEWAY: '127.0.0.1:0' });
  const address = await started.line(/^inventory\.v1\.Inventory is served: gRPC on (127\.0\.0\.1:\d+), Kafka on /m);
  const brokers = await started.line(/Kafka on (127\.0\.0\.1:\d+)\n/);
  for (const env of [{ WHERRY_GATEWAY: address }, { WHERRY_BROKERS: brokers }]) {
    const called = npm(t, folder, 'call', env);
    t.is(await called.exit, 0, called.err);
    t.is(called.out, 'Hello Ada\n1\n2\n3\n');
  }
  const second = npm(t, folder, 'start', { WHERRY_GATEWAY: address });
  t.is(await second.exit, 1);
  t.regex(
    second.err,
    /^error: the gateway cannot listen on \S+: the port is in use \(EADDRINUSE\); [^\n]+; WHERRY_GATEWAY=HOST:PORT [^\n]+\n$/,
  );
  started.kill();
  t.is(await started.exit, 0, started.err);

  const generated = npm(t, folder, 'gen');
  t.is(await generated.exit, 0, generated.err);
  t.is(generated.out, '', 'what is there is what the command generates');
  const linted = npm(t, folder, 'lint');
  t.is(await linted.exit, 0, linted.out + linted.err);
  const unset = new Program(t, folder, process.execPath, ['dist/worker.js']);
  t.is(await unset.exit, 1);
  t.is(unset.err, 'error: WHERRY_BROKERS is not set; it must be the address of Kafka: HOST:PORT\n');
});

test('in a workspace it goes beside the other packages, and the README tells how to begin', async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, 'package.json'), '{"workspaces":["services/*"]}');
  const wherry = new Program(t, folder, process.execPath, [bin, 'new', 'service', 'acme.stock.v1.StockKeeper']);
  t.is(await wherry.exit, 0, wherry.err);
  t.regex(wherry.err, /^next:\n {2}cd services\/stock-keeper\n {2}npm install\n/);
  const project = join(folder, 'services/stock-keeper');
  t.like(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')), { name: 'stock-keeper', private: true });
  for (const file of ['proto/acme/stock/v1/stock_keeper.proto', 'src/gen/acme/stock/v1/stock_keeper.ts'])
    t.true(existsSync(join(project, file)), file);
  const left = readdirSync(project, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && /__\w+__/.test(readFileSync(join(entry.parentPath, entry.name), 'utf8')),
  );
  t.deepEqual(left, [], 'every place of a template is filled');
  t.is(readFileSync(join(folder, 'package.json'), 'utf8'), '{"workspaces":["services/*"]}');
  const versions = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  t.is(versions.devDependencies['@types/node'], devDependencies['@types/node']);
  t.is(versions.devDependencies.typescript, `^${devDependencies.typescript}`);
});

test('where npm has installed something, the project goes there and keeps it', async (t) => {
  const folder = emptyFolder(t);
  const tarballs = { '@wherry/cli': 'file:../cli.tgz', '@wherry/client': 'file:../client.tgz', other: '^1.0.0' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies: tarballs }));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  const wherry = new Program(t, folder, process.execPath, [bin, 'new', 'service', 'inventory.v1.Inventory']);
  t.is(await wherry.exit, 0, wherry.err);
  t.deepEqual(wherry.out.trimEnd().split('\n'), made);
  const { name, dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  t.is(name, 'inventory');
  t.like(dependencies, { '@wherry/client': 'file:../client.tgz', other: '^1.0.0' });
  t.regex(dependencies['@wherry/worker'], /^\^/);
  t.false('@wherry/cli' in dependencies);
  t.is(devDependencies['@wherry/cli'], 'file:../cli.tgz');
});

test('what is there already is kept, and nothing is written', async (t) => {
  const folder = emptyFolder(t);
  mkdirSync(join(folder, 'here/src'), { recursive: true });
  writeFileSync(join(folder, 'here/src/service.ts'), 'mine');
  const wherry = new Program(t, folder, process.execPath, [bin, 'new', 'service', 'a.v1.B', '--dir', 'here']);
  t.is(await wherry.exit, 1);
  t.is(wherry.out, '');
  t.is(
    wherry.err,
    'error: here/src/service.ts already exists; nothing was written (choose another folder with --dir)\n',
  );
  t.deepEqual(readdirSync(join(folder, 'here'), { recursive: true }).sort(), ['src', 'src/service.ts']);
  t.is(readFileSync(join(folder, 'here/src/service.ts'), 'utf8'), 'mine');
});

test('where node-rdkafka was not compiled, new works, and broker says so in one line', async (t) => {
  const folder = emptyFolder(t);
  const uncompiled = join(folder, 'uncompiled.cjs');
  writeFileSync(
    uncompiled,
    `const module_ = require('node:module');
const load = module_._load;
module_._load = (name, ...rest) => {
  if (name === 'bindings') throw new Error('Could not locate the bindings file. Tried:\\n → a');
  return load(name, ...rest);
};`,
  );
  const made = new Program(t, folder, process.execPath, ['--require', uncompiled, bin, 'new', 'service', 'a.v1.B']);
  t.is(await made.exit, 0, made.err);
  const wherry = new Program(t, folder, process.execPath, ['--require', uncompiled, bin, 'broker']);
  t.is(await wherry.exit, 1);
  t.is(wherry.out, '');
  const sentence =
    /^error: this command needs node-rdkafka, which is not compiled for this Node: run "npm rebuild node-rdkafka"/;
  t.regex(wherry.err, sentence);
  t.regex(wherry.err, /^[^\n]+\n$/);
});

for (const args of [['new'], ['new', 'service']]) {
  test(`${args.join(' ')} --help has an example`, async (t) => {
    const help = new Program(t, root, process.execPath, [bin, ...args, '--help']);
    t.is(await help.exit, 0);
    t.is(help.err, '');
    t.regex(help.out, /Examples?:\n {2}\$ wherry new service inventory\.v1\.Inventory/);
  });
}

const wrong: Readonly<Record<string, readonly [args: readonly string[], err: RegExp]>> = {
  'a name without a package': [
    ['service', 'Inventory'],
    /"Inventory" is not package\.Service, such as inventory\.v1\.Inventory/,
  ],
  'no name': [['service'], /missing required argument 'service'/],
  'a flag that is not known': [['service', 'a.B', '--dri', 'x'], /unknown option '--dri'/],
  'something else than a service': [['servise', 'a.B'], /unknown command 'servise'.*service/],
};

for (const [what, [args, err]] of Object.entries(wrong)) {
  test(`${what} is one line, and exit code 2`, async (t) => {
    const folder = emptyFolder(t);
    const wherry = new Program(t, folder, process.execPath, [bin, 'new', ...args]);
    t.is(await wherry.exit, 2);
    t.is(wherry.out, '');
    t.regex(wherry.err, /^error: [^\n]+\n$/);
    t.regex(wherry.err, err);
    t.deepEqual(readdirSync(folder), ['node_modules']);
  });
}
