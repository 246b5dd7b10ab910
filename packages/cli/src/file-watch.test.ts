import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FileWatch } from './file-watch.js';

/** A folder of its own, in which .ts files matter. */
class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'wherry-watch-'));
  readonly failures: string[] = [];

  constructor(t: ExecutionContext) {
    t.teardown(() => rmSync(this.path, { recursive: true }));
  }

  watch(...more: string[]): FileWatch {
    return new FileWatch([this.path, ...more.map((name) => join(this.path, name))], {
      matters: (name) => name.endsWith('.ts'),
      skips: (path) => path.endsWith('/skipped'),
      failed: ({ message }) => this.failures.push(message),
    });
  }

  /** Watches, makes a change, and waits until it is reported. */
  async seen(change: () => void): Promise<void> {
    await using watch = this.watch();
    await watch.ready;
    change();
    await watch.changed;
  }

  write(name: string): void {
    mkdirSync(join(this.path, name, '..'), { recursive: true });
    writeFileSync(join(this.path, name), String(performance.now()));
  }

  delete(name: string): void {
    rmSync(join(this.path, name), { recursive: true });
  }
}

test('it reports files that are added, changed and deleted, at any depth', async (t) => {
  const folder = new Folder(t);
  await folder.seen(() => folder.write('a.ts'));
  await folder.seen(() => folder.write('deep/er/b.ts'));
  await folder.seen(() => folder.write('deep/er/b.ts'));
  await folder.seen(() => folder.delete('deep/er/b.ts'));
  t.deepEqual(folder.failures, []);
});

test('it reports nothing of files that do not matter', async (t) => {
  const folder = new Folder(t);
  await using watch = folder.watch();
  await watch.ready;
  let reported = false;
  void watch.changed.then(() => {
    reported = true;
  });
  folder.write('skipped/a.ts');
  folder.write('a.txt');
  const other = new Folder(t);
  await other.seen(() => other.write('a.ts'));
  t.false(reported);
});

test('a path that does not exist keeps no other from being watched', async (t) => {
  const folder = new Folder(t);
  await using watch = folder.watch('none');
  await watch.ready;
  folder.write('a.ts');
  await watch.changed;
  t.is(folder.failures.length, 1);
  t.regex(folder.failures[0] ?? '', /^ENOENT: .*none/);
});

test('a folder that is deleted and made again at once is watched again', async (t) => {
  const folder = new Folder(t);
  folder.write('made.d/a.ts');
  await folder.seen(() => {
    folder.delete('made.d');
    folder.write('made.d/a.ts');
  });
  await folder.seen(() => folder.write('made.d/b.ts'));
  await folder.seen(() => folder.write('made.d/a.ts'));
  t.deepEqual(folder.failures, []);
});

test('a watch that is closed settles all the same', async (t) => {
  const watch = new Folder(t).watch();
  await watch[Symbol.asyncDispose]();
  await watch.ready;
  await watch.changed;
  t.pass();
});
