import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Reaper } from '../local/reaper.js';
import { ServerStartError } from '../local/server-run.js';
import { kafkaJars } from './jars.js';
import { BrokerNode, type KafkaNode } from './node.js';
import { chooseAddresses } from './ports.js';
import { prepareNodes } from './prepare.js';
import type { BrokerSettings } from './settings.js';
import { checkKafkaVersion, defaultKafkaVersion, type KafkaVersion } from './versions.js';

const PORT_ATTEMPTS = 5;
// Temporary data is thrown away, so its shutdown may be cut short. Data that stays needs a clean shutdown.
const CLOSE_LIMIT_MS = 5_000;
const CLOSE_LIMIT_KEEPING_DATA_MS = 30_000;

export interface KafkaOptions {
  /** Default: the newest of the versions that Wherry is tested with. */
  readonly version?: KafkaVersion;
  /** How many nodes, each a broker and a controller. Default: 1. With 3, one may be killed without losing records. */
  readonly nodes?: 1 | 3;
  /** The first node's port on 127.0.0.1. The other nodes take the following ports. Default: free ports. */
  readonly port?: number;
  /** The folder for the data. Data in it is used again. Default: a temporary folder, which `close` removes. */
  readonly dataDir?: string;
  /** Broker settings beyond, or instead of, those that {@link nodeSettings} gives. */
  readonly settings?: BrokerSettings;
  /** Called with lines about progress, and with the brokers' warnings. Default: they are dropped. */
  readonly log?: (line: string) => void;
}

/** A running Kafka, bound to loopback. */
export interface KafkaCluster {
  readonly version: KafkaVersion;
  /** For clients' `bootstrap.servers`: `127.0.0.1:port`, comma separated, also of nodes that are down. */
  readonly bootstrapServers: string;
  /** In the order of their ids. */
  readonly nodes: readonly KafkaNode[];
  /** Stops every node (killed after 5 s, or 30 s with a `dataDir`) and removes temporary data. Closing twice is harmless. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts Apache Kafka on this machine, without Docker, and resolves when every node is up and in the cluster. Needs Java 17
 * or newer and, the first time, Maven. If this process ends without `close`, the brokers end too and temporary data is removed.
 *
 * @throws {RangeError} if an option is wrong.
 * @throws {CommandError} if Kafka cannot be downloaded, or its storage cannot be prepared.
 * @throws {ServerStartError} if a node does not start; its last log lines are in the message.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const { nodes: count = 1, version = defaultKafkaVersion, port, log = () => {} } = options;
  checkOptions(count, port);
  const jars = await kafkaJars(checkKafkaVersion(version), log);
  const temporary = options.dataDir === undefined;
  const folder = temporary ? await mkdtemp(join(tmpdir(), 'wherry-kafka-')) : resolve(options.dataDir);
  const reaper = new Reaper(temporary ? folder : undefined);
  const discard = async () => {
    if (temporary) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    await reaper.dismiss();
  };

  try {
    for (let attempt = 1; ; attempt++) {
      const addresses = await chooseAddresses(count, port);
      const prepared = await prepareNodes(folder, addresses, version, options.settings);
      const nodes: BrokerNode[] = [];
      const guard = () => reaper.guard(nodes.flatMap(({ pid }) => pid ?? []));
      for (const { id, port, configFile } of prepared) {
        nodes.push(new BrokerNode(port, { id, jars, configFile, cwd: folder, log }, guard));
      }
      try {
        await Promise.all(nodes.map((node) => node.start()));
        return clusterOf(version, nodes, temporary ? CLOSE_LIMIT_MS : CLOSE_LIMIT_KEEPING_DATA_MS, discard);
      } catch (error) {
        await Promise.all(nodes.map((node) => node.kill()));
        // Another process may have taken the port after it was found free.
        const again = error instanceof ServerStartError && error.portTaken && attempt < PORT_ATTEMPTS;
        if (!again) throw error;
        log('a port was taken meanwhile; trying again');
      }
    }
  } catch (error) {
    await discard();
    throw error;
  }
}

function clusterOf(
  version: KafkaVersion,
  nodes: readonly BrokerNode[],
  limitMs: number,
  discard: () => Promise<void>,
): KafkaCluster {
  let closing: Promise<void> | undefined;
  const majority = Math.floor(nodes.length / 2) + 1;
  const killLeaderless = async () => {
    // A node needs the consent of most controllers for a clean shutdown. The last nodes would wait for it for minutes, so they are
    // killed.
    const running = nodes.filter(({ pid }) => pid !== undefined);
    if (running.length < majority) await Promise.all(running.map((node) => node.kill()));
  };
  const shutDown = async () => {
    for (const node of nodes) node.retire();
    await killLeaderless();
    await Promise.all(nodes.map((node) => node.stop(limitMs).then(killLeaderless)));
    await discard();
  };
  const close = () => {
    closing ??= shutDown();
    return closing;
  };
  return {
    version,
    bootstrapServers: nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
    nodes,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkOptions(count: number, port: number | undefined): void {
  if (count !== 1 && count !== 3) throw new RangeError(`nodes is ${count}; it must be 1 or 3`);
  const highest = 65_536 - count;
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= highest)) {
    throw new RangeError(`port is ${port}; it must be a whole number from 1 to ${highest}, or left out for a free one`);
  }
}
