import type { KafkaCluster } from '@wherry/tools/kafka';
import { pause, seconds, within } from '../time.js';
import type { FaultKind } from './fault.js';

const BROKERS = 3;
const MIN_DOWN_MS = 1000;
const MAX_DOWN_MS = 12_000;
const MAX_ALL_DOWN_MS = 8000;
const MIN_HELD_MS = 2000;
const MAX_HELD_MS = 10_000;
/**
 * How long Kafka may be out of reach after a broker was lost: `broker.session.timeout.ms` (9 s) until the cluster has noticed the loss, and
 * the choice of another controller and of other leaders. After this time the other two brokers must do all the work.
 */
const LOSS_NOTICED_MS = 15_000;

export const brokerKill: FaultKind = {
  name: 'SIGKILL of a broker',
  draw: (random) => {
    const index = random.int(0, BROKERS - 1);
    const ms = random.int(MIN_DOWN_MS, MAX_DOWN_MS);
    return {
      what: `SIGKILL of broker ${index + 1}, started again after ${seconds(ms)}`,
      disturbsServers: true,
      strike: async ({ kafka, timeline, signal }) => {
        const broker = brokerAt(kafka, index);
        const reachable = timeline.beginOutage('all');
        await broker.kill();
        const restarted = pause(ms, signal).then(() => broker.start());
        await within(restarted, LOSS_NOTICED_MS);
        reachable();
        await restarted;
      },
    };
  },
};

export const brokerPause: FaultKind = {
  name: 'SIGSTOP of a broker',
  draw: (random) => {
    const index = random.int(0, BROKERS - 1);
    const ms = random.int(MIN_HELD_MS, MAX_HELD_MS);
    return {
      what: `SIGSTOP of broker ${index + 1} for ${seconds(ms)}`,
      disturbsServers: true,
      strike: async ({ kafka, timeline, signal }) => {
        const broker = brokerAt(kafka, index);
        const reachable = timeline.beginOutage('all');
        await broker.kill('SIGSTOP');
        await pause(ms, signal);
        await broker.kill('SIGCONT');
        reachable();
      },
    };
  },
};

export const allBrokersKill: FaultKind = {
  name: 'all brokers gone',
  draw: (random) => {
    const ms = random.int(MIN_DOWN_MS, MAX_ALL_DOWN_MS);
    return {
      what: `SIGKILL of all brokers, started again after ${seconds(ms)}`,
      disturbsServers: true,
      strike: async ({ kafka, timeline, signal }) => {
        const reachable = timeline.beginOutage('all');
        await Promise.all(kafka.nodes.map((broker) => broker.kill()));
        await pause(ms, signal);
        await Promise.all(kafka.nodes.map((broker) => broker.start()));
        reachable();
      },
    };
  },
};

function brokerAt({ nodes }: KafkaCluster, index: number): KafkaCluster['nodes'][number] {
  const node = nodes[index];
  if (node === undefined) throw new Error(`there is no broker ${index + 1}`);
  return node;
}
