import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FolderWatch } from './watch-folders.js';

function newFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-watch-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a folder that cannot be watched keeps no other from it', async (t) => {
  const folder = newFolder(t);
  const changed = new Promise<string>((resolve) => {
    const watch = new FolderWatch(
      (name) => {
        resolve(name);
        return false;
      },
      () => undefined,
    );
    t.teardown(() => watch[Symbol.dispose]());
    t.throws(() => watch.watch(new Set([join(folder, 'none'), folder])), { code: 'ENOENT' });
  });
  writeFileSync(join(folder, 'a.ts'), '');
  t.is(await changed, 'a.ts');
});

test('a folder that is deleted and made again at once is watched again', async (t) => {
  const folder = newFolder(t);
  const made = join(folder, 'made.d');
  mkdirSync(made);
  const folders = new Set([folder, made]);
  const names: string[] = [];
  let settled: () => void = () => undefined;
  const watch = new FolderWatch(
    (name) => names.push(name) > 0 && name.endsWith('.ts'),
    () => {
      watch.watch(folders);
      settled();
    },
  );
  t.teardown(() => watch[Symbol.dispose]());
  watch.watch(folders);
  const change = async (how: () => void): Promise<void> => {
    const over = new Promise<void>((resolve) => {
      settled = resolve;
    });
    how();
    await over;
  };
  await change(() => {
    rmSync(made, { recursive: true });
    mkdirSync(made);
  });
  await change(() => writeFileSync(join(made, 'a.ts'), ''));
  t.true(names.includes('a.ts'));
});
