import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { projectFolder } from './project-folder.js';

function folder(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'wherry-new-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

const workspaces = (value: unknown): string => JSON.stringify({ workspaces: value });

for (const [what, files, expected] of [
  ['an empty folder', {}, '.'],
  ['a folder with hidden files alone', { '.gitignore': '', '.npmrc': '' }, '.'],
  ['a folder with something in it', { 'README.md': '' }, 'stock'],
  ['a package without workspaces', { 'package.json': '{"name":"a","dependencies":{}}' }, 'stock'],
  ['a folder with what npm installed', { 'package.json': '{"dependencies":{}}', 'package-lock.json': '{}' }, '.'],
  ['the same with consent to scripts', { 'package.json': '{"dependencies":{},"allowScripts":{}}' }, '.'],
  ['what npm installed, beside something', { 'package.json': '{"dependencies":{}}', 'a.js': '' }, 'stock'],
  ['an npm workspace', { 'package.json': workspaces(['test', 'services/*', 'packages/*']) }, 'services/stock'],
  ['an npm workspace that names each', { 'package.json': workspaces(['one', '!x/*', '**/*']) }, 'stock'],
  ['an old yarn workspace', { 'package.json': workspaces({ packages: ['packages/*'] }) }, 'packages/stock'],
  [
    'a pnpm workspace',
    { 'package.json': '{}', 'pnpm-workspace.yaml': "packages:\n  # all\n  - 'apps/*'\n  - libs/*\n" },
    'apps/stock',
  ],
] as const) {
  test(`${what}: the project goes to ${expected}`, (t) => {
    t.is(projectFolder(folder(t, files), 'stock'), expected);
  });
}

test('what npm installed does not count', (t) => {
  const path = folder(t, {});
  mkdirSync(join(path, 'node_modules'));
  t.is(projectFolder(path, 'stock'), '.');
});

test('a package.json that is not JSON is named', (t) => {
  const path = folder(t, { 'package.json': '{' });
  t.throws(() => projectFolder(path, 'stock'), { message: /package\.json is not JSON: / });
});
