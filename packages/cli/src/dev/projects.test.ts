import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { findProjects } from './projects.js';

/** A folder of its own, which goes with the test. */
function folderWith(t: ExecutionContext, files: Readonly<Record<string, string | object>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wherry-dev-')));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

test('a script "worker" comes first, and a script "gen" generates the code', (t) => {
  const manifest = { name: 'stock', scripts: { worker: 'node x.js', gen: 'make' } };
  const folder = folderWith(t, { 'package.json': manifest, 'worker.js': '', 'tsconfig.json': '{}' });
  const projects = findProjects([folder]);
  const { PATH = '', ...env } = projects[0]?.env ?? {};
  t.deepEqual(projects, [
    {
      name: 'stock',
      folder,
      worker: ['sh', '-c', 'node x.js'],
      build: undefined,
      env: { PATH, npm_lifecycle_event: 'worker' },
      gen: ['npm', 'run', '--silent', 'gen'],
      typescript: true,
    },
  ]);
  t.deepEqual(env, { npm_lifecycle_event: 'worker' });
  const bins = [join(folder, 'node_modules/.bin'), join(dirname(folder), 'node_modules/.bin')];
  t.deepEqual(PATH.split(delimiter).slice(0, 2), bins);
});

test('a script "preworker" is the build', (t) => {
  const manifest = { scripts: { preworker: 'tsc', worker: 'exec node dist/x.js' } };
  const [project] = findProjects([folderWith(t, { 'package.json': manifest })]);
  t.deepEqual(project?.build, ['sh', '-c', 'tsc']);
  t.deepEqual(project?.worker, ['sh', '-c', 'exec node dist/x.js']);
});

test('a worker by its name, and the folders that wherry gen takes', (t) => {
  const folder = folderWith(t, { 'src/worker.js': '', 'proto/a.proto': '', 'src/gen/a.ts': '' });
  const [project] = findProjects([folder]);
  t.deepEqual(project?.worker, [process.execPath, 'src/worker.js']);
  t.deepEqual(project?.gen?.slice(2), ['gen', '--out', 'src/gen', 'proto']);
  t.false(project?.typescript);
});

test('a file is a worker of the package that it is in', (t) => {
  const folder = folderWith(t, { 'package.json': {}, 'src/stock.js': '' });
  t.like(findProjects([join(folder, 'src/stock.js')])[0], {
    ...{ name: 'src/stock.js', folder, worker: [process.execPath, 'src/stock.js'] },
  });
});

test('what is not there, and what has no worker, is refused', (t) => {
  const folder = folderWith(t, { 'package.json': {} });
  t.throws(() => findProjects([join(folder, 'no')]), { message: /no: there is no such file or folder$/ });
  t.throws(() => findProjects([folder]), {
    message: / has no worker; it needs a script "worker" in package\.json, or /,
  });
  t.throws(() => findProjects([folderWith(t, { 'package.json': '{' })]), { message: /package\.json is not JSON: / });
});
