import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { repository } from './code-blocks.js';
import { cache, run } from './other-languages.js';
import { writeFiles } from './packed-project.js';

/** The newest of each release line behind Node 20 that is kept, as npm's registry had them; for tests, not a promise of these alone. */
export const newerNodes = ['22.23.3', '24.21.0', '26.10.0'];

/** A release of Node, and node-rdkafka's native part for it. */
export interface NodeRelease {
  readonly node: string;
  readonly native: string;
}

const nodeRdkafka = join(repository, 'node_modules/node-rdkafka');

/**
 * Node from npm's registry, and node-rdkafka's binding compiled for it by npm's own rebuild: a native module is made for
 * one release line. librdkafka itself knows nothing of Node, so the one that this repository's install compiled is used, which
 * makes half a minute of several. Kept for the next time.
 */
export async function nodeRelease(version: string): Promise<NodeRelease> {
  const home = join(cache, `node-${version}`);
  const distribution = `node-${process.platform}-${process.arch}`;
  const release: NodeRelease = {
    node: join(home, 'node_modules', distribution, 'bin/node'),
    native: join(home, 'node_modules/node-rdkafka/build/Release/node-librdkafka.node'),
  };
  if (existsSync(release.native)) return release;
  await rm(home, { recursive: true, force: true });
  await writeFiles(home, [['package.json', JSON.stringify({ private: true, allowScripts: { 'node-rdkafka': true } })]]);
  const wanted = [`${distribution}@${version}`, 'node-rdkafka@3.6.1'];
  await run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...wanted], {
    cwd: home,
  });
  const [sources, built] = [join(nodeRdkafka, 'deps/librdkafka'), join(nodeRdkafka, 'build/deps')];
  await run('npm', ['rebuild', 'node-rdkafka'], {
    cwd: home,
    env: {
      PATH: [join(release.node, '..'), process.env['PATH']].join(delimiter),
      // Its own headers, which it has in it.
      npm_config_nodedir: join(home, 'node_modules', distribution),
      BUILD_LIBRDKAFKA: '0',
      CXXFLAGS: `-I${sources}/src -I${sources}/src-cpp`,
      LDFLAGS: `-L${built} -Wl,-rpath,${built}`,
    },
  });
  return release;
}

/** Puts a native part in the place of the one that a project's node-rdkafka has. */
export async function useNative(project: string, native: string): Promise<void> {
  const build = join(project, 'node_modules/node-rdkafka/build');
  await rm(build, { recursive: true, force: true });
  await mkdir(join(build, 'Release'), { recursive: true });
  await copyFile(native, join(build, 'Release/node-librdkafka.node'));
}
