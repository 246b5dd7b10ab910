import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { makeOnce } from '@wherry/tools/cache';
import { repository } from './code-blocks.js';
import { cached, run } from './other-languages.js';
import { writeFiles } from './packed-project.js';

/** The newest of each release line behind Node 20 that is kept, as npm's registry had them; for tests, not a promise of these alone. */
export const newerNodes = ['22.23.3', '24.21.0', '26.10.0'];

/** A release of Node, and node-rdkafka's native part for it. */
export interface NodeRelease {
  readonly node: string;
  readonly native: string;
}

const NODE_RDKAFKA = 'node-rdkafka@3.6.1';
const librdkafka = /^librdkafka.*\.(so|dylib)/;

/**
 * Node from npm's registry, and node-rdkafka's binding compiled for it by npm's own rebuild: a native module is made for
 * one release line. librdkafka itself knows nothing of Node, so the one that this repository's install compiled is used, which
 * makes half a minute of several. A copy of it is kept with the binding, for runs in other clones.
 */
export async function nodeRelease(version: string): Promise<NodeRelease> {
  const distribution = `node-${process.platform}-${process.arch}`;
  const home = cached(`node-${version}-${process.arch}-${NODE_RDKAFKA}`);
  await makeOnce(home, async (made) => {
    const built = join(repository, 'node_modules/node-rdkafka/build/deps');
    await writeFiles(made, [
      ['package.json', JSON.stringify({ private: true, allowScripts: { 'node-rdkafka': true } })],
    ]);
    await mkdir(join(made, 'lib'));
    for (const name of (await readdir(built)).filter((name) => librdkafka.test(name)))
      await copyFile(join(built, name), join(made, 'lib', name));
    const wanted = [`${distribution}@${version}`, NODE_RDKAFKA];
    await run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...wanted], {
      cwd: made,
    });
    const sources = join(made, 'node_modules/node-rdkafka/deps/librdkafka');
    await run('npm', ['rebuild', 'node-rdkafka'], {
      cwd: made,
      env: {
        PATH: [join(made, 'node_modules', distribution, 'bin'), process.env['PATH']].join(delimiter),
        // Its own headers, which it has in it.
        npm_config_nodedir: join(made, 'node_modules', distribution),
        BUILD_LIBRDKAFKA: '0',
        CXXFLAGS: `-I${sources}/src -I${sources}/src-cpp`,
        LDFLAGS: `-L${join(made, 'lib')} -Wl,-rpath,${join(home, 'lib')}`,
      },
    });
  });
  return {
    node: join(home, 'node_modules', distribution, 'bin/node'),
    native: join(home, 'node_modules/node-rdkafka/build/Release/node-librdkafka.node'),
  };
}

/** Puts a native part in the place of the one that a project's node-rdkafka has. */
export async function useNative(project: string, native: string): Promise<void> {
  const build = join(project, 'node_modules/node-rdkafka/build');
  await rm(build, { recursive: true, force: true });
  await mkdir(join(build, 'Release'), { recursive: true });
  await copyFile(native, join(build, 'Release/node-librdkafka.node'));
}
