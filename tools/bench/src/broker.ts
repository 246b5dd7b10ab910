import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openLog, startEmbeddedBroker } from '@wherry/kafka';
import { pomFile, startKafka } from '@wherry/tools/kafka';
import { type CpuTime, cpuTimeOf } from './cpu-time.js';
import type { BenchOptions } from './options.js';

/** What calls cross in this run. */
export interface Broker extends AsyncDisposable {
  readonly title: string;
  readonly bootstrapServers: string;
  readonly embedded: boolean;
  /** How the names of all topics of this run begin. */
  readonly namespace: string;
  /** What the broker has used since it started; undefined where that cannot be known. */
  cpu(): CpuTime | undefined;
}

/** One Kafka of our own, unless the options say otherwise. */
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
  const version = /<kafka\.version>(.*)<\/kafka\.version>/.exec(readFileSync(pomFile, 'utf8'))?.[1];
  return {
    title: `Apache Kafka ${version}, one node on this machine`,
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

/** Leaves a cluster that is not ours as it was, but for the names of consumer groups, which Kafka forgets by itself. */
async function deleteTopics(brokers: string, prefix: string): Promise<void> {
  await using log = await openLog({ brokers, acknowledgements: false, onUndelivered: () => {}, onTrouble: () => {} });
  for (const topic of await log.topics(prefix)) await log.deleteTopic(topic);
}
