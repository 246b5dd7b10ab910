/** Broker settings by name, as in Kafka's `server.properties`. */
export type BrokerSettings = Readonly<Record<string, string | number | boolean>>;

/** Where one node of the cluster listens. */
export interface NodeAddress {
  readonly id: number;
  /** Clients and other brokers. */
  readonly port: number;
  /** The KRaft quorum. */
  readonly controllerPort: number;
}

/** The settings of one node, broker and controller at once, in a cluster of `nodes`. Loopback only. */
export function nodeSettings(node: NodeAddress, nodes: readonly NodeAddress[], dataDir: string): BrokerSettings {
  const replicas = nodes.length;
  // With three nodes one may die and acks=all still succeeds.
  const minInSync = replicas === 1 ? 1 : 2;
  return {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(','),
    listeners: `BROKER://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `BROKER://127.0.0.1:${node.port}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataDir,

    'num.partitions': 8,
    'default.replication.factor': replicas,
    'min.insync.replicas': minInSync,
    // A misspelt topic must be an error, not a new topic.
    'auto.create.topics.enable': false,

    // Kafka's default of 3 s is for groups whose members start one after another. Here it would only be a delay.
    'group.initial.rebalance.delay.ms': 0,

    // Fewer partitions of the internal topics (50 by default) make the first consumer and the first transaction start sooner.
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    'share.coordinator.state.topic.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInSync,
    // The default of 128 MB is a quarter of the small heap, and logs are hardly ever compacted here.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  };
}

/** The text of a `server.properties`. */
export function toProperties(settings: BrokerSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');
}
