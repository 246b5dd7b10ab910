import { type LoadShape, noWait } from './load/load.js';
import type { ProcessName } from './processes/starters.js';

// The systems that are measured, the parts of a run, and the trials of each part.

/** One thing that is measured: its processes, in the order they start. The last is the caller. */
export interface System {
  /** Its name in tables and the picture. */
  readonly title: string;
  /** One line that says how a call travels, for `--help`. */
  readonly about: string;
  readonly processes: readonly ProcessName[];
  /** Somebody else's, installed on demand: see tools/bench/peers. */
  readonly peer?: true;
}

export const systems = {
  'by-hand': {
    title: 'Kafka round trip by hand',
    about: 'a record there and a record back through node-rdkafka; no gRPC, no consumer group, no commits',
    processes: ['by-hand-responder', 'by-hand-caller'],
  },
  batched: {
    title: 'Kafka round trip by hand, linger.ms 1',
    about: 'the same with linger.ms 1: fills batches under load, delays a lone call at each hop',
    processes: ['batched-responder', 'batched-caller'],
  },
  channel: {
    title: 'Wherry, grpc-js stub',
    about: "a grpc-js stub with proto-loader's codec on a channel, Kafka, a worker with grpc-js handlers",
    processes: ['worker', 'channel-caller'],
  },
  generated: {
    title: 'Wherry, generated client',
    about: 'the same channel and worker, with a client that `wherry gen` made',
    processes: ['worker', 'generated-caller'],
  },
  untraced: {
    title: 'Wherry, @wherry/otel without an SDK',
    about: 'like channel, with @wherry/otel but no OpenTelemetry SDK registered',
    processes: ['untraced-worker', 'untraced-caller'],
  },
  sampled: {
    title: 'Wherry, 1 % of calls traced',
    about: 'like channel, with @wherry/otel and an SDK that samples one call in a hundred',
    processes: ['sampled-worker', 'sampled-caller'],
  },
  'traced-by-hand': {
    title: 'Wherry, 1 % traced without @wherry/otel',
    about: 'like sampled, with two spans made by hand in place of @wherry/otel; only if --only names it',
    processes: ['traced-by-hand-worker', 'traced-by-hand-caller'],
  },
  watched: {
    title: 'Wherry, wait for a shared record watched',
    about:
      'like channel, and measures how long the first frame of a call waits for others to join its record; part `waits` only',
    processes: ['worker', 'watched-caller'],
  },
  gateway: {
    title: 'grpc-js client, Wherry gateway',
    about: 'an ordinary grpc-js client, HTTP/2, the gateway, Kafka, the worker',
    processes: ['worker', 'gateway', 'grpc-caller'],
  },
  direct: {
    title: 'grpc-js over HTTP/2',
    about: "the same stub and handlers with grpc-js's own HTTP/2 between them, no Kafka",
    processes: ['server', 'grpc-caller'],
  },
  'direct-generated': {
    title: 'generated client over HTTP/2',
    about: "the generated client and the same handlers with grpc-js's own HTTP/2, no Kafka",
    processes: ['server', 'generated-caller'],
  },
  c: {
    title: 'Kafka round trip in C',
    about: 'a record there and a record back through librdkafka, one thread a side',
    processes: ['c-responder', 'c-caller'],
    peer: true,
  },
  kafkajs: {
    title: 'Kafka round trip with kafkajs',
    about: 'a record there and a record back through kafkajs',
    processes: ['kafkajs-responder', 'kafkajs-caller'],
    peer: true,
  },
  nestjs: {
    title: 'NestJS over Kafka',
    about: '`ClientKafka.send()` to a `@MessagePattern`, over kafkajs',
    processes: ['nest-server', 'nest-caller'],
    peer: true,
  },
  spring: {
    title: 'Spring Kafka (Java)',
    about: '`ReplyingKafkaTemplate` to a `@KafkaListener` with `@SendTo`',
    processes: ['spring-responder', 'spring-caller'],
    peer: true,
  },
  nats: {
    title: 'NATS, which keeps no log',
    about: "NATS's own request and reply: nothing is kept, nothing is replayed",
    processes: ['nats-server', 'nats-responder', 'nats-caller'],
    peer: true,
  },
} as const satisfies Record<string, System>;

export type SystemName = keyof typeof systems;

export const systemNames = Object.keys(systems) as SystemName[];

export function isSystemName(name: string): name is SystemName {
  return Object.hasOwn(systems, name);
}

export function systemOf(name: SystemName): System {
  return systems[name];
}

/** The parts that are measured in rounds, system by system: a table each. */
export const roundParts = {
  load: { title: 'Closed loop, handlers that answer at once', first: 'callers', unit: 'calls' },
  waits: {
    title:
      'Handlers that wait 1 to 20 ms at random. Times leave out this wait. In an open loop, the time starts when a call is due',
    first: 'callers, or arrivals/s',
    unit: 'calls',
  },
  streams: { title: 'Bidi streams', first: 'streams', unit: 'messages' },
  payloads: { title: 'Payloads each way, 16 callers', first: 'payload', unit: 'calls' },
} as const;

/** The parts that are measured outside of the rounds, each in its own way. */
export const otherParts = {
  memory: 'Memory of 10,000 calls in flight',
  workers: '1, 2 and 4 workers',
  cold: 'New processes: from createChannel to the first reply',
} as const;

export type RoundPart = keyof typeof roundParts;
export type PartName = RoundPart | keyof typeof otherParts;

export const partNames = [...Object.keys(roundParts), ...Object.keys(otherParts)] as PartName[];

/** One load, for some systems. */
export interface Trial {
  readonly part: RoundPart;
  /** Tells it from the other trials of its part. */
  readonly label: string;
  readonly load: LoadShape;
  readonly systems: readonly SystemName[];
}

/** The options of a run that decide its trials; see options.ts. */
interface Choices {
  readonly parts: readonly PartName[];
  readonly systems: readonly SystemName[];
  readonly callers: readonly number[];
  readonly rates: readonly number[];
  readonly bodyBytes: number;
  readonly embedded: boolean;
}

/** Systems whose handlers can wait. */
const withHandlers: readonly SystemName[] = ['channel', 'generated', 'gateway', 'direct'];
/** Systems whose callers open streams. */
const withStreams: readonly SystemName[] = ['by-hand', 'channel', 'gateway', 'direct'];
const randomWaits = { minMs: 1, maxMs: 20 };
/** The number of streams, and of messages that each keeps on their way. 64 on one stream measure latency, 1024 measure cost. */
const streams = { '1': [1, 64], '64': [64, 64], '1 with 1024': [1, 1024] } as const;
/** Bodies of messages of 100 bytes, 10 KB and 500 KB. */
const payloads = { '100 B': 98, '10 KB': 10_000, '500 KB': 500_000 };

/** The embedded broker keeps 5 MB of a partition, so it would forget some of sixteen calls of 500 KB. */
function payloadsOn(embedded: boolean): [label: string, bytes: number][] {
  return Object.entries(payloads).filter(([, bytes]) => !embedded || bytes < 500_000);
}

/** The trials of a run, in order. */
export function trialsOf({ parts, systems, callers, rates, bodyBytes, embedded }: Choices): Trial[] {
  const among = (able: readonly SystemName[]) => systems.filter((system) => able.includes(system));
  const byPart: Readonly<Record<RoundPart, () => Trial[]>> = {
    load: () =>
      callers.map((number) => ({
        part: 'load',
        label: String(number),
        load: { kind: 'closed', callers: number, wait: noWait, bodyBytes },
        systems: systems.filter((system) => system !== 'watched'),
      })),
    waits: () => [
      ...callers.slice(-1).map(
        (number): Trial => ({
          part: 'waits',
          label: `${number} callers`,
          load: { kind: 'closed', callers: number, wait: randomWaits, bodyBytes },
          systems: among(withHandlers),
        }),
      ),
      ...rates.map(
        (perSecond): Trial => ({
          part: 'waits',
          label: `${perSecond.toLocaleString('en')}/s`,
          load: { kind: 'open', perSecond, wait: randomWaits, bodyBytes },
          systems: among([...withHandlers, 'watched']),
        }),
      ),
    ],
    streams: () =>
      Object.entries(streams).map(([label, [number, window]]) => ({
        part: 'streams',
        label,
        load: { kind: 'streams', streams: number, window, bodyBytes },
        systems: among(withStreams),
      })),
    payloads: () =>
      payloadsOn(embedded).map(([label, bytes]) => ({
        part: 'payloads',
        label,
        load: { kind: 'closed', callers: 16, wait: noWait, bodyBytes: bytes },
        systems: among(['by-hand', ...withHandlers]),
      })),
  };
  const asked = (Object.keys(byPart) as RoundPart[]).filter((part) => parts.includes(part));
  return asked.flatMap((part) => byPart[part]()).filter(({ systems }) => systems.length > 0);
}
