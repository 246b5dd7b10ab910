import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { javaCommand } from '@wherry/tools/kafka';
import { cpuTimeOf } from '../cpu-time.js';
import { natsServerProgram } from '../peers/nats-server.js';
import { peerModule, springClasses, springJars, twoHopsProgram } from '../peers/paths.js';
import { Program } from '../peers/program.js';
import type { BenchProcess, Setting } from './bench-process.js';
import { floorTopics } from './rdkafka.js';
import { makeTopics } from './responder.js';

type Start = (setting: Setting) => Promise<BenchProcess>;

/** Of tools/bench/peers, which is compiled on its own: see tools/bench/peers/README.md. */
async function fromModule(name: Parameters<typeof peerModule>[0], role: string): Promise<Start> {
  const module = (await import(pathToFileURL(peerModule(name)).href)) as Record<string, Start | undefined>;
  const start = module[role];
  if (start === undefined) throw new Error(`${peerModule(name)} has no ${role}: run npm run peers -- --install`);
  return start;
}

const topicsOf: Readonly<Record<'kafkajs' | 'nestjs', (setting: Setting) => string[]>> = {
  kafkajs: (setting) => Object.values(floorTopics(setting)),
  nestjs: ({ namespace }) => [`${namespace}.nest`, `${namespace}.nest.reply`],
};

export async function startKafkajsResponder(setting: Setting): Promise<BenchProcess> {
  await makeTopics(setting.brokers, topicsOf.kafkajs(setting));
  return (await fromModule('kafkajs', 'startResponder'))(setting);
}

export async function startKafkajsCaller(setting: Setting): Promise<BenchProcess> {
  return (await fromModule('kafkajs', 'startCaller'))(setting);
}

export async function startNestServer(setting: Setting): Promise<BenchProcess> {
  await makeTopics(setting.brokers, topicsOf.nestjs(setting));
  return (await fromModule('nestjs', 'startServer'))(setting);
}

export async function startNestCaller(setting: Setting): Promise<BenchProcess> {
  return (await fromModule('nestjs', 'startCaller'))(setting);
}

/** The broker of NATS: it counts as the system's, as Kafka does for the others. */
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

export async function startNatsResponder(setting: Setting): Promise<BenchProcess> {
  return (await fromModule('nats', 'startResponder'))(setting);
}

export async function startNatsCaller(setting: Setting): Promise<BenchProcess> {
  return (await fromModule('nats', 'startCaller'))(setting);
}

export async function startTwoHops(setting: Setting, role: 'responder' | 'caller'): Promise<BenchProcess> {
  return startProgram(twoHopsProgram, [], setting, role);
}

export async function startSpring(setting: Setting, role: 'responder' | 'caller'): Promise<BenchProcess> {
  const classPath = [springClasses, join(springJars, '*')].join(delimiter);
  return startProgram(javaCommand(), ['-Xmx512m', '-cp', classPath, 'SpringPeer'], setting, role);
}

async function startProgram(command: string, args: string[], setting: Setting, role: 'responder' | 'caller') {
  const { requests, replies } = floorTopics(setting);
  if (role === 'responder') await makeTopics(setting.brokers, [requests, replies]);
  const program = await Program.start(command, [...args, role, setting.brokers, requests, replies]);
  return program.asProcess();
}
