// Packs the packages as tarballs, into packed/. It builds a copy of their sources in a temporary folder. So programs that run from
// packages/*/dist go on, and the tarballs hold no files that an earlier build left there.

import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));
const packed = join(repository, 'packed');
const copy = await mkdtemp(join(tmpdir(), 'wherry-pack-'));
try {
  await copyPackages();
  await linkModules();
  run(process.execPath, join(repository, 'node_modules/typescript/bin/tsc'), '-b');
  await rm(packed, { recursive: true, force: true });
  await mkdir(packed);
  run('npm', 'pack', '--workspace=packages', '--ignore-scripts', '--pack-destination', packed);
} finally {
  await rm(copy, { recursive: true, force: true });
}

/** Copies the packages without output and installed modules, and makes a workspace of them. */
async function copyPackages() {
  const names = await readdir(join(repository, 'packages'));
  await cp(join(repository, 'packages'), join(copy, 'packages'), {
    recursive: true,
    filter: (path) => !['dist', 'node_modules'].includes(basename(path)),
  });
  await cp(join(repository, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'));
  const references = names.map((name) => ({ path: `packages/${name}` }));
  await writeFile(join(copy, 'tsconfig.json'), JSON.stringify({ files: [], references }));
  await writeFile(join(copy, 'package.json'), JSON.stringify({ private: true, workspaces: ['packages/*'] }));
}

/** Gives the copy the installed modules, but its own packages. */
async function linkModules() {
  const [from, to] = [join(repository, 'node_modules'), join(copy, 'node_modules')];
  await mkdir(join(to, '@wherry'), { recursive: true });
  for (const name of await readdir(from)) {
    if (name !== '@wherry') await symlink(join(from, name), join(to, name));
  }
  for (const name of await readdir(join(copy, 'packages'))) {
    await symlink(join(copy, 'packages', name), join(to, '@wherry', name));
  }
}

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  execFileSync(program, args, { cwd: copy, stdio: 'inherit' });
}
