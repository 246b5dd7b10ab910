import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';

const bin = fileURLToPath(new URL('../../packages/cli/bin/wherry.js', import.meta.url));
const order = 'syntax = "proto3";\npackage shop.v1;\nmessage Order {\n  string id = 1;\n}\n';

/** `wherry` in a folder of its own, which goes with the test. */
class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'wherry-gen-'));

  constructor(
    readonly t: ExecutionContext,
    files: Readonly<Record<string, string>>,
  ) {
    t.timeout(60_000);
    t.teardown(() => rmSync(this.path, { recursive: true }));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  start(...args: string[]) {
    const child = spawn(process.execPath, [bin, 'gen', ...args], { cwd: this.path, stdio: ['ignore', 'pipe', 'pipe'] });
    this.t.teardown(() => child.kill('SIGKILL'));
    const said = { out: '', err: '' };
    const more = new EventEmitter();
    for (const [name, stream] of [['out', child.stdout] as const, ['err', child.stderr] as const]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
        more.emit('more');
      });
    }
    const exit = once(child, 'close').then(([code]) => code as number);
    return {
      child,
      exit,
      said,
      /** Waits until it has said this. */
      async line(name: 'out' | 'err', pattern: RegExp): Promise<void> {
        while (!pattern.test(said[name])) await once(more, 'more');
      },
    };
  }

  async run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const { exit, said } = this.start(...args);
    return { code: await exit, ...said };
  }
}

test('it writes a file for each .proto file, and none that is the same already', async (t) => {
  const folder = new Folder(t, { 'proto/shop/v1/order.proto': order });
  t.deepEqual(await folder.run('--out', 'gen', 'proto'), { code: 0, out: 'gen/shop/v1/order.ts\n', err: '' });
  t.regex(folder.read('gen/shop/v1/order.ts'), /export interface Order \{\n {2}id: string;/);
  const { mtimeMs } = statSync(join(folder.path, 'gen/shop/v1/order.ts'));
  t.deepEqual(await folder.run('--out', 'gen', 'proto/shop/v1/order.proto'), { code: 0, out: '', err: '' });
  t.is(statSync(join(folder.path, 'gen/shop/v1/order.ts')).mtimeMs, mtimeMs);
  t.deepEqual(await folder.run('--out', 'gen', '--proto-path', '.', 'proto'), {
    code: 0,
    out: 'gen/proto/shop/v1/order.ts\n',
    err: '',
  });
});

const wrong: Readonly<Record<string, readonly [args: readonly string[], code: number, err: string | RegExp]>> = {
  'a .proto file that is malformed': [['bad.proto'], 1, "error: bad.proto:3: illegal token '}', '=' expected\n"],
  'a file that is not there': [['gone.proto'], 1, 'error: gone.proto: no such file or folder\n'],
  'a folder without any': [['empty'], 1, 'error: no .proto files in empty\n'],
  'no path': [[], 2, "error: missing required argument 'paths'\n"],
  'a flag that is not known': [['--ouy', 'x', 'a.proto'], 2, /^error: unknown option '--ouy'.*\n$/],
  'an int64 that is none': [
    ['--int64', 'long', 'a.proto'],
    2,
    /^error: option '--int64 <type>' .*bigint, string, number.*\n$/,
  ],
};

for (const [what, [args, code, err]] of Object.entries(wrong)) {
  test(`${what} is one line, and an exit code`, async (t) => {
    const folder = new Folder(t, { 'bad.proto': 'syntax = "proto3";\nmessage A {\n  string a }', 'empty/readme': '' });
    const result = await folder.run(...args);
    t.is(result.code, code);
    t.is(result.out, '');
    if (typeof err === 'string') t.is(result.err, err);
    else t.regex(result.err, err);
  });
}

test('--watch makes it again when a file changes, is wrong for a while, or is new', async (t) => {
  const folder = new Folder(t, { 'proto/shop/v1/order.proto': order });
  const { child, exit, said, line } = folder.start('--out', 'gen', '--watch', 'proto');
  await line('err', /^[\d-]+T[\d:.]+Z gen: up to date; watching\n$/);
  folder.write('proto/shop/v1/order.proto', order.replace('string id = 1;', 'string id = ;'));
  await line('err', /error: proto\/shop\/v1\/order\.proto:4: .*\n/);
  t.regex(folder.read('gen/shop/v1/order.ts'), / id: string;/, 'what was there stays');
  folder.write('proto/shop/v1/order.proto', order.replace('string id', 'int64 id'));
  await line('out', /(?:.*order\.ts\n){2}/);
  t.regex(folder.read('gen/shop/v1/order.ts'), / id: bigint;/);
  folder.write('proto/shop/v2/order.proto', order.replace('v1', 'v2'));
  await line('out', /gen\/shop\/v2\/order\.ts\n/);
  child.kill('SIGTERM');
  t.is(await exit, 0, said.err);
});

test('--watch follows the files that are imported, from any folder', async (t) => {
  const folder = new Folder(t, {
    'proto/shop/v1/order.proto':
      'syntax = "proto3";\npackage shop.v1;\nimport "common/id.proto";\nmessage Order {\n  common.Id id = 1;\n}\n',
    'shared/common/id.proto': 'syntax = "proto3";\npackage common;\nmessage Id {\n  string text = 1;\n}\n',
  });
  const paths = ['--proto-path', 'proto', '--proto-path', 'shared'];
  const { child, exit, said, line } = folder.start('--out', 'gen', ...paths, '--watch', 'proto/shop/v1/order.proto');
  await line('err', /^[\d-]+T[\d:.]+Z gen: up to date; watching\n$/);
  folder.write('shared/common/id.proto', folder.read('shared/common/id.proto').replace('string text', 'int32 number'));
  await line('err', /(?:.* gen: up to date; watching\n){2}/);
  t.regex(folder.read('gen/common/id.ts'), / number: number;/);
  child.kill('SIGTERM');
  t.is(await exit, 0, said.err);
});
