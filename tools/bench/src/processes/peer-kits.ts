import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { goProgram, runCommand } from '@wherry/tools/local';
import type { SystemName } from '../plan.js';
import {
  natsServer,
  natsServerProgram,
  peerModule,
  peersFolder,
  springClasses,
  springFolder,
  springJars,
  twoHopsProgram,
  twoHopsSource,
} from './peers.js';

const LIMIT_MS = 15 * 60_000;

/** The programs and packages that some peers need on this machine. */
export interface PeerKit {
  readonly title: string;
  readonly systems: readonly SystemName[];
  installed(): boolean;
  /** @throws Error if it cannot be installed here. */
  install(say: (line: string) => void): Promise<void>;
}

export const peerKits: readonly PeerKit[] = [
  {
    title: 'npm packages: kafkajs, NestJS, the client of NATS',
    systems: ['kafkajs', 'nestjs', 'nats'],
    installed: () => existsSync(peerModule('nats')),
    install: async () => {
      const ifMissing = 'npm comes with Node.';
      await runCommand('npm', ['ci', '--ignore-scripts'], { timeoutMs: LIMIT_MS, ifMissing, cwd: peersFolder });
      const tsc = join(packageFolder('typescript'), 'bin/tsc');
      await runCommand(process.execPath, [tsc, '-p', peersFolder], { timeoutMs: LIMIT_MS, ifMissing });
    },
  },
  {
    title: 'nats-server, from its Go module',
    systems: ['nats'],
    installed: () => existsSync(natsServerProgram()),
    install: async (say) => {
      await goProgram(natsServer, say);
    },
  },
  {
    title: 'Spring Kafka, with Maven and a JDK',
    systems: ['spring'],
    installed: () => existsSync(join(springClasses, 'SpringPeer.class')),
    install: async () => {
      await rm(springJars, { recursive: true, force: true });
      const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${springJars}`];
      await runCommand('mvn', ['--batch-mode', '--quiet', '--file', join(springFolder, 'pom.xml'), ...copy], {
        timeoutMs: LIMIT_MS,
        ifMissing: 'Install Maven 3.6 or newer.',
      });
      const source = join(springFolder, 'SpringPeer.java');
      await runCommand('javac', ['-cp', join(springJars, '*'), '-d', springClasses, source], {
        timeoutMs: LIMIT_MS,
        ifMissing: 'Install a JDK, 17 or newer.',
      });
    },
  },
  {
    title: 'the round trip in C, with gcc and the librdkafka that node-rdkafka has built',
    systems: ['c'],
    installed: () => existsSync(twoHopsProgram),
    install: async () => {
      const library = join(packageFolder('node-rdkafka'), 'build/deps');
      const link = ['-L', library, '-lrdkafka', `-Wl,-rpath,${library}`];
      await mkdir(dirname(twoHopsProgram), { recursive: true });
      const paths = ['-I', join(library, 'include'), twoHopsSource, ...link, '-o', twoHopsProgram];
      await runCommand('gcc', ['-O2', ...paths], { timeoutMs: LIMIT_MS, ifMissing: 'Install gcc.' });
    },
  },
];

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/**
 * Installs the missing kits of these systems.
 *
 * @returns the systems that can run. It says of the others why they cannot.
 */
export async function installPeers(
  systems: readonly SystemName[],
  say: (line: string) => void,
): Promise<readonly SystemName[]> {
  let able = systems;
  for (const kit of peerKits.filter((kit) => kit.systems.some((system) => systems.includes(system)))) {
    if (kit.installed()) continue;
    say(`installing ${kit.title}`);
    try {
      await kit.install(say);
    } catch (error) {
      const left = kit.systems.filter((system) => systems.includes(system)).join(', ');
      say(`skipped: ${left}. ${kit.title}: ${(error as Error).message}`);
      able = able.filter((system) => !kit.systems.includes(system));
    }
  }
  return able;
}
