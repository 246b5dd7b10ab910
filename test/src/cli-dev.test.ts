import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { echo, echoProto } from './support/kept-echo.js';
import { isRefused, run, Wherry } from './support/wherry-command.js';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A folder of its own, which goes with the test, from where packages of this one can be imported. */
class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'wherry-dev-'));

  constructor(t: ExecutionContext, files: Readonly<Record<string, string>>) {
    t.teardown(() => rmSync(this.path, { recursive: true }));
    symlinkSync(modules, join(this.path, 'node_modules'));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  /** All of a file at once, so that it changes once. */
  write(name: string, text: string): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  }
}

/** `wherry dev` in a folder. */
function dev(t: ExecutionContext, { path: cwd }: Folder, ...more: string[]): Wherry {
  return new Wherry(t, ['dev', '--listen', '127.0.0.1:0', ...more], { cwd });
}

/** A worker of the echo service, which puts `mark` before what it answers, and says its process id. */
function workerThat(mark: string): string {
  return `
    import { loadSync } from '@grpc/proto-loader';
    import { createWorker } from '@wherry/worker';
    const worker = await createWorker({ brokers: process.env.WHERRY_BROKERS });
    worker.addService(loadSync(${JSON.stringify(echoProto)})['${echo}'], {
      Unary: (call, callback) => callback(null, { text: '${mark} ' + call.request.text }),
      Collect() {}, Expand() {}, Chat() {},
    });
    await worker.start();
    console.log('${mark} is ' + process.pid + ' behind ' + process.env.WHERRY_GATEWAY);
    process.on('SIGTERM', () => worker.drain());`;
}

async function answerOf(t: ExecutionContext, brokers: string): Promise<string> {
  const where = ['--brokers', brokers, '--deadline', '30s', '--wait-for-ready'];
  const { out } = await run(t, ['call', `${echo}/Unary`, ...where, '-d', '{"text":"hi"}']);
  return out;
}

function isAlive(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

test('it runs the worker that is here, again when a file changes, and ends it', async (t) => {
  const folder = new Folder(t, { 'worker.js': workerThat('one'), 'package.json': '{"name":"stock","type":"module"}' });
  const wherry = dev(t, folder);
  const brokers = await wherry.line('out', /^bootstrap\.servers=(\S+)\ngateway listens on 127/);
  const first = await wherry.line('out', /\nstock \| one is (\d+) behind 127\.0\.0\.1:\d+\n/);
  await wherry.line('out', new RegExp(`\\nservices: ${echo}\\n`));
  t.is(await answerOf(t, brokers), '{"text":"one hi"}\n');
  folder.write('worker.js', workerThat('two'));
  const second = await wherry.line('out', /starts again\n[\s\S]*\nstock \| two is (\d+) /);
  t.false(isAlive(first));
  t.is(await answerOf(t, brokers), '{"text":"two hi"}\n');
  wherry.process.kill('SIGINT');
  t.is(await wherry.exit, 0);
  t.false(isAlive(second));
});

test('a worker that fails is shown with its last lines, and waits for a change', async (t) => {
  const folder = new Folder(t, { 'package.json': '{"name":"stock","type":"module"}' });
  folder.write('worker.js', `console.log('before'); throw new Error('no stock');`);
  const wherry = dev(t, folder);
  await wherry.line('out', /stock \| before\n/);
  await wherry.line('out', /stock \| Error: no stock\n/);
  await wherry.line('out', /stock: the worker ended with exit code 1; it starts again when a file changes\n/);
  folder.write('other.js', '// not the cause');
  await wherry.line('out', /(?:exit code 1;[\s\S]*){2}/);
  folder.write('worker.js', `console.log('better now'); setInterval(() => {}, 1000);`);
  await wherry.line('out', /stock \| better now\n/);
  // Once for each change, and not again and again.
  t.is(wherry.out.match(/exit code 1;/g)?.length, 2);
  t.is(wherry.out.match(/stock: \S*node \S*worker\.js\n/g)?.length, 3);
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 0);
});

test('a .proto file that changes is made code of again, and one that is malformed is shown', async (t) => {
  const proto = (name: string): string => `syntax = "proto3";\npackage a;\nmessage A {\n  string ${name} = 1;\n}\n`;
  const folder = new Folder(t, {
    'package.json': '{"name":"stock","type":"module"}',
    'proto/a.proto': proto('first'),
    'src/gen/.gitkeep': '',
    'src/worker.js': `
      import { readFileSync } from 'node:fs';
      console.log('field ' + /^ {2}(\\w+): string/m.exec(readFileSync('src/gen/a.ts', 'utf8'))[1]);
      setInterval(() => {}, 1000);`,
    'tsconfig.json': '{}',
  });
  const wherry = dev(t, folder);
  await wherry.line('out', /stock \| field first\n/);
  folder.write('proto/a.proto', 'syntax = "proto3";\nmessage {}');
  await wherry.line('out', /stock \| error: proto\/a\.proto:2: /);
  await wherry.line('out', /stock: .*gen --out src\/gen proto ended with exit code 1; it waits for a change\n/);
  folder.write('proto/a.proto', proto('second'));
  await wherry.line('out', /stock \| field second\n/);
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 0);
});

test('a worker that a script runs has its tools, and is asked to end once', async (t) => {
  const worker = `
    const open = setInterval(() => {}, 1000);
    process.once('SIGTERM', () => setTimeout(() => {
      console.log('finished');
      clearInterval(open);
    }, 500));
    console.log(process.env.npm_lifecycle_event + ' runs');`;
  const scripts = { preworker: 'echo first', worker: 'tsc --version && exec node worker.js' };
  const folder = new Folder(t, { 'stock/package.json': JSON.stringify({ name: 'stock', scripts }) });
  folder.write('stock/worker.js', worker);
  const wherry = dev(t, folder, 'stock');
  await wherry.line(
    'out',
    /stock: echo first\nstock \| first\nstock: tsc .*\nstock \| Version \S+\nstock \| worker runs\n/,
  );
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 0);
  t.regex(wherry.out, /stock \| finished\n/);
});

test('what is named and has no worker is refused before anything is started', async (t) => {
  const folder = new Folder(t, {});
  const where = { cwd: folder.path };
  isRefused(t, await run(t, ['dev', 'nowhere'], undefined, where), 1, /nowhere: there is no such file or folder/);
  isRefused(t, await run(t, ['dev', '.'], undefined, where), 1, /\. has no worker; it needs a script "worker"/);
});

test('a folder that nothing can read keeps nothing from running', async (t) => {
  const folder = new Folder(t, {
    'worker.js': `console.log('runs'); setInterval(() => {}, 1000);`,
    'package.json': '{"name":"stock"}',
  });
  // Its path is longer than a program may say; Node's rmSync cannot delete it either.
  const deep = 'while mkdir "$0" && cd "$0"; do :; done; true';
  execFileSync('sh', ['-c', deep, 'x'.repeat(250)], { cwd: folder.path, stdio: 'ignore' });
  t.teardown(() => execFileSync('rm', ['-rf', join(folder.path, 'x'.repeat(250))]));
  const wherry = dev(t, folder);
  await wherry.line('out', /stock \| runs\n/);
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 0);
});

test('a terminal that is closed ends the workers too, when they have finished', async (t) => {
  const folder = new Folder(t, { 'package.json': '{"name":"stock"}' });
  folder.write('worker.js', `console.log('pid ' + process.pid); setInterval(() => {}, 1000);`);
  const wherry = dev(t, folder);
  const pid = await wherry.line('out', /stock \| pid (\d+)\n/);
  wherry.process.kill('SIGHUP');
  t.is(await wherry.exit, 0);
  t.false(isAlive(pid));
});
