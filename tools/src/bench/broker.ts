import { readFileSync } from 'node:fs';
import { startEmbeddedBroker } from '@wherry/kafka';
import { startKafka } from '../kafka/cluster.js';
import { pomFile } from '../kafka/paths.js';
import { type CpuTime, cpuTimeOf } from './cpu-time.js';
import type { BenchOptions } from './options.js';

/** What calls cross in this run. */
export interface Broker extends AsyncDisposable {
  readonly title: string;
  readonly bootstrapServers: string;
  readonly embedded: boolean;
  /** What the broker has used since it started; undefined where that cannot be known. */
  cpu(): CpuTime | undefined;
}

/** One Kafka of our own, unless the options say otherwise. */
export async function openBroker({ brokers, embedded }: Pick<BenchOptions, 'brokers' | 'embedded'>): Promise<Broker> {
  if (brokers !== undefined) {
    return {
      title: `given, ${brokers}`,
      bootstrapServers: brokers,
      embedded: false,
      cpu: () => undefined,
      [Symbol.asyncDispose]: async () => {},
    };
  }
  if (embedded) {
    const broker = await startEmbeddedBroker();
    return {
      title: 'embedded broker (a mock within the bench)',
      bootstrapServers: broker.bootstrapServers,
      embedded,
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
    cpu: () => {
      const pid = kafka.nodes[0]?.pid;
      return pid === undefined ? undefined : cpuTimeOf(pid);
    },
    [Symbol.asyncDispose]: () => kafka.close(),
  };
}
