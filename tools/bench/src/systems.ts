import type { ProcessName } from './processes/names.js';

/** One thing that is measured: its processes, in the order they start. The last is the caller. */
export interface System {
  readonly title: string;
  readonly processes: readonly ProcessName[];
  /** Somebody else's, installed on demand: see tools/bench/peers. */
  readonly peer?: true;
}

export const systems = {
  /** What two hops through Kafka cost whoever speaks to it from Node: a record a call, and no gRPC. */
  floor: { title: 'two hops, node-rdkafka', processes: ['responder', 'floor-caller'] },
  batched: { title: 'two hops, node-rdkafka, linger 1 ms', processes: ['batching-responder', 'batching-caller'] },
  channel: { title: 'Wherry channel', processes: ['worker', 'channel-caller'] },
  generated: { title: 'Wherry channel, generated client', processes: ['worker', 'generated-caller'] },
  untraced: { title: 'channel, @wherry/otel without an SDK', processes: ['untraced-worker', 'untraced-caller'] },
  sampled: { title: 'channel, 1 % of calls traced', processes: ['sampled-worker', 'sampled-caller'] },
  /** What the SDK alone takes of that: two spans and their context, and nothing of @wherry/otel. */
  'by-hand': { title: 'channel, two spans by hand, 1 % sampled', processes: ['by-hand-worker', 'by-hand-caller'] },
  watched: { title: 'channel, its packing watched', processes: ['worker', 'watched-caller'] },
  gateway: { title: 'Wherry gateway', processes: ['worker', 'gateway', 'grpc-caller'] },
  direct: { title: 'grpc-js direct, no Kafka', processes: ['server', 'grpc-caller'] },
  'direct-generated': { title: 'grpc-js direct, generated client', processes: ['server', 'generated-caller'] },
  c: { title: 'two hops, librdkafka in C', processes: ['c-responder', 'c-caller'], peer: true },
  kafkajs: { title: 'kafkajs by hand', processes: ['kafkajs-responder', 'kafkajs-caller'], peer: true },
  nestjs: { title: 'NestJS over Kafka', processes: ['nest-server', 'nest-caller'], peer: true },
  spring: { title: 'Spring Kafka, JVM', processes: ['spring-responder', 'spring-caller'], peer: true },
  nats: { title: 'NATS, no log', processes: ['nats-server', 'nats-responder', 'nats-caller'], peer: true },
} as const satisfies Record<string, System>;

export type SystemName = keyof typeof systems;

export const systemNames = Object.keys(systems) as SystemName[];

export function isSystemName(name: string): name is SystemName {
  return Object.hasOwn(systems, name);
}

export function systemOf(name: SystemName): System {
  return systems[name];
}
