import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { javaCommand } from '@wherry/tools/kafka';
import { type GoProgram, serversHome } from '@wherry/tools/local';
import type { Figures, Load } from '../load/load.js';
import { makeTopics, topicsOf } from './by-hand.js';
import { type CpuTime, cpuTimeOf } from './cpu.js';
import type { BenchProcess, Setting } from './protocol.js';

// Other people's systems. peer-kits.ts installs the programs and packages that they need.

// src/processes and dist/processes are equally deep, so this holds for both.
const top = fileURLToPath(new URL('../../../../', import.meta.url));

/** The peers' own code and list of packages. */
export const peersFolder = resolve(top, 'tools/bench/peers');

/** Where their programs are built. */
const built = resolve(top, '.peers');

export const twoHopsSource = join(peersFolder, 'c/two-hops.c');
export const twoHopsProgram = join(built, 'two-hops');

export const springFolder = join(peersFolder, 'spring');
export const springJars = join(built, 'spring/jars');
export const springClasses = join(built, 'spring/classes');

export type PeerModule = 'kafkajs' | 'nestjs' | 'nats';

/** A peer's code for Node, once it is compiled. */
export function peerModule(name: PeerModule): string {
  return join(peersFolder, 'dist', `${name}.js`);
}

export const natsServer: GoProgram = {
  name: 'nats-server',
  module: 'github.com/nats-io/nats-server/v2',
  version: 'v2.12.2',
  folder: '.',
  takes: 'about a minute',
};

/** The program of NATS's server, once it is built. */
export function natsServerProgram(): string {
  return join(serversHome(), `${natsServer.name}-${natsServer.version}`);
}

type Role = 'responder' | 'caller';
type Start = (setting: Setting) => Promise<BenchProcess>;

/** Runs a function of a module of tools/bench/peers, which is compiled on its own: see tools/bench/peers/README.md. */
export async function startPeerModule(name: PeerModule, role: string, setting: Setting): Promise<BenchProcess> {
  const module = (await import(pathToFileURL(peerModule(name)).href)) as Record<string, Start | undefined>;
  const start = module[role];
  if (start === undefined) throw new Error(`${peerModule(name)} has no ${role}: run npm run peers -- --install`);
  return start(setting);
}

export async function startKafkajsResponder(setting: Setting): Promise<BenchProcess> {
  await makeTopics(setting.brokers, Object.values(topicsOf(setting)));
  return startPeerModule('kafkajs', 'startResponder', setting);
}

export async function startNestServer(setting: Setting): Promise<BenchProcess> {
  const { brokers, namespace } = setting;
  await makeTopics(brokers, [`${namespace}.nest`, `${namespace}.nest.reply`]);
  return startPeerModule('nestjs', 'startServer', setting);
}

/** The broker of NATS. Its CPU time counts for the system, as Kafka's does for the others. */
export async function startNatsServer(): Promise<BenchProcess> {
  const child = spawn(natsServerProgram(), ['-a', '127.0.0.1', '-p', '-1'], { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(child, 'spawn');
  const { pid } = child;
  for await (const line of createInterface({ input: child.stderr })) {
    const address = /Listening for client connections on (\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    child.stderr.resume();
    process.once('exit', () => child.kill('SIGKILL'));
    const close = async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    };
    return { address, program: { cpu: () => (pid && cpuTimeOf(pid)) || { total: 0 } }, close };
  }
  throw new Error('nats-server ended before it listened');
}

export function startTwoHops(setting: Setting, role: Role): Promise<BenchProcess> {
  return startProgram(twoHopsProgram, [], setting, role);
}

export function startSpring(setting: Setting, role: Role): Promise<BenchProcess> {
  const classPath = [springClasses, join(springJars, '*')].join(delimiter);
  return startProgram(javaCommand(), ['-Xmx512m', '-cp', classPath, 'SpringPeer'], setting, role);
}

async function startProgram(command: string, args: string[], setting: Setting, role: Role): Promise<BenchProcess> {
  const { requests, replies } = topicsOf(setting);
  if (role === 'responder') await makeTopics(setting.brokers, [requests, replies]);
  const program = await Program.start(command, [...args, role, setting.brokers, requests, replies]);
  return program.asProcess();
}

/**
 * A peer that does not run in Node. It makes its calls itself, and speaks in lines: `ready`, `measure …` and `figures …`, as
 * tools/bench/peers/c/two-hops.c describes.
 */
class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start(command: string, args: readonly string[]): Promise<Program> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child, 'spawn');
    const program = new Program(child);
    const said = await program.#line();
    if (said !== 'ready') throw new Error(`${command} said ${said} and not that it is ready`);
    return program;
  }

  asProcess(): BenchProcess {
    const cpu = () => this.#cpu();
    return { program: { measure: (load) => this.#measure(load), cpu }, close: () => this.#close() };
  }

  async #measure(load: Load): Promise<Figures> {
    if (load.kind !== 'closed') throw new Error('it can only run closed loops');
    this.#child.stdin.write(`measure ${load.callers} ${Math.round(load.durationMs)} ${load.bodyBytes}\n`);
    const said = await this.#line();
    const [word, ...numbers] = said.split(' ');
    const [calls = 0, seconds = 0, p50 = 0, p99 = 0, max = 0] = numbers.map(Number);
    if (word !== 'figures' || !(calls > 0)) throw new Error(`it said ${said} and not what it measured`);
    return { calls, seconds, p50, p99, max };
  }

  #cpu(): CpuTime {
    const cpu = this.#child.pid === undefined ? undefined : cpuTimeOf(this.#child.pid);
    if (cpu === undefined) throw new Error('its CPU time cannot be known: there is no /proc, or it has ended');
    return cpu;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('it ended before it answered');
    return value;
  }

  async #close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }
}
