import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeOnce } from './cache.js';

function emptyFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-cache-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a file is made once, in a folder that need not be there, and nothing else is left', async (t) => {
  const folder = emptyFolder(t);
  const path = join(folder, 'programs/tool-v1');
  let times = 0;
  const make = async (made: string, scratch: string) => {
    times++;
    await writeFile(join(scratch, 'source'), 'more');
    await writeFile(made, 'a tool');
  };
  t.is(await makeOnce(path, make), path);
  t.is(await makeOnce(path, make), path);
  t.is(times, 1);
  t.is(readFileSync(path, 'utf8'), 'a tool');
  t.deepEqual(readdirSync(join(folder, 'programs')), ['tool-v1']);
});

test('where making fails nothing is there, and the next attempt makes it', async (t) => {
  const folder = emptyFolder(t);
  const path = join(folder, 'jars');
  const failing = makeOnce(path, async (made) => {
    await mkdir(made);
    throw new Error('no network');
  });
  await t.throwsAsync(failing, { message: 'no network' });
  t.deepEqual(readdirSync(folder), []);
  await makeOnce(path, async (made) => {
    await mkdir(made);
  });
  t.deepEqual(readdirSync(folder), ['jars']);
});

test('of two that make the same folder at once, both get a whole one', async (t) => {
  const folder = emptyFolder(t);
  const path = join(folder, 'jars');
  let meet = () => {};
  const both = new Promise<void>((resolve) => {
    meet = resolve;
  });
  let begun = 0;
  const make = async (made: string) => {
    begun++;
    if (begun === 2) meet();
    await both;
    await mkdir(made);
    await writeFile(join(made, 'kafka.jar'), 'all of it');
  };
  t.deepEqual(await Promise.all([makeOnce(path, make), makeOnce(path, make)]), [path, path]);
  t.is(begun, 2);
  t.deepEqual(readdirSync(folder), ['jars']);
  t.is(readFileSync(join(path, 'kafka.jar'), 'utf8'), 'all of it');
});
