import rdkafka from 'node-rdkafka';
import { realKafka } from './brokers.js';

export type GroupProtocol = 'consumer' | 'classic';

/** The first version of the request that librdkafka writes. Kafka 3.9 has version 0, which was a preview. */
const HEARTBEAT_VERSION = 1;

/** The protocols of consumer groups that the brokers of this run have. Asks real Kafka. The embedded broker has both. */
export async function groupProtocols(): Promise<readonly GroupProtocol[]> {
  if (realKafka === undefined) return ['consumer', 'classic'];
  return (await heartbeatVersion(realKafka)) >= HEARTBEAT_VERSION ? ['consumer', 'classic'] : ['classic'];
}

/** The highest version of ConsumerGroupHeartbeat that a broker has; -1 if it has none. Only librdkafka's log tells it. */
async function heartbeatVersion(brokers: string): Promise<number> {
  const client = new rdkafka.Producer({ 'bootstrap.servers': brokers, debug: 'feature' });
  const events: NodeJS.EventEmitter = client;
  const version = new Promise<number>((resolve) => {
    events.on('event.log', ({ message }: { message: string }) => {
      const [, highest] = /ApiKey ConsumerGroupHeartbeat \(\d+\) Versions \d+\.\.(\d+)/.exec(message) ?? [];
      if (highest !== undefined) resolve(Number(highest));
      // librdkafka lists all requests of the broker before it says which of its features the broker supports.
      else if (/ Feature .* supported by broker/.test(message)) resolve(-1);
    });
  });
  await new Promise<void>((resolve, reject) => {
    client.connect({ allTopics: false }, (error) => (error ? reject(error) : resolve()));
  });
  try {
    return await version;
  } finally {
    await new Promise<void>((resolve) => client.disconnect(() => resolve()));
  }
}
