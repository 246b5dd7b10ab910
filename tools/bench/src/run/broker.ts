import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { openLog, startEmbeddedBroker } from '@wherry/kafka';
import { kafkaRelease, startKafka } from '@wherry/tools/kafka';
import rdkafka from 'node-rdkafka';
import type { BenchOptions } from '../options.js';
import { type CpuTime, cpuTimeOf } from '../processes/cpu.js';

/** The broker of a run. */
export interface Broker extends AsyncDisposable {
  readonly title: string;
  readonly bootstrapServers: string;
  readonly embedded: boolean;
  /** The prefix of the names of all topics of this run. */
  readonly namespace: string;
  /** The CPU time of the broker since it started; undefined if it cannot be known. */
  cpu(): CpuTime | undefined;
}

/** Starts a Kafka of its own, unless the options say otherwise. */
export async function openBroker({ brokers, embedded }: Pick<BenchOptions, 'brokers' | 'embedded'>): Promise<Broker> {
  const namespace = `bench-${randomBytes(4).toString('hex')}`;
  if (brokers !== undefined) {
    return {
      title: `given, ${brokers}`,
      bootstrapServers: brokers,
      embedded: false,
      namespace,
      cpu: () => undefined,
      [Symbol.asyncDispose]: () => deleteTopics(brokers, namespace),
    };
  }
  if (embedded) {
    const broker = await startEmbeddedBroker();
    return {
      title: 'embedded broker (a mock within the bench)',
      bootstrapServers: broker.bootstrapServers,
      embedded,
      namespace,
      cpu: () => undefined,
      [Symbol.asyncDispose]: () => broker.close(),
    };
  }
  const kafka = await startKafka({ log: (line) => line.startsWith('kafka ') || console.error(line) });
  return {
    title: `Apache Kafka ${kafkaRelease(kafka.version)}, one node on this machine`,
    bootstrapServers: kafka.bootstrapServers,
    embedded: false,
    namespace,
    cpu: () => {
      const pid = kafka.nodes[0]?.pid;
      return pid === undefined ? undefined : cpuTimeOf(pid);
    },
    [Symbol.asyncDispose]: () => kafka.close(),
  };
}

/** Deletes the run's topics from a cluster that already ran. The names of consumer groups remain, and Kafka forgets them by itself. */
async function deleteTopics(brokers: string, prefix: string): Promise<void> {
  await using log = await openLog({ brokers, acknowledgements: false, onUndelivered: () => {}, onTrouble: () => {} });
  for (const topic of await log.topics(prefix)) await log.deleteTopic(topic);
}

/** The machine and the versions of a run: names and values, in the order to print them. */
export function describeMachine(broker: Broker): Record<string, string> {
  const [load = 0] = loadavg();
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    machine: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()} ${arch()}`,
    'load before': load.toFixed(2),
    kafka: broker.title,
    node: process.version,
    'node-rdkafka': `${versionOf('node-rdkafka')}, librdkafka ${rdkafka.librdkafkaVersion}`,
    'grpc-js': versionOf('@grpc/grpc-js'),
  };
}

function versionOf(name: string): string {
  return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
}
