import { openLog } from '@wherry/kafka';
import rdkafka from 'node-rdkafka';
import type { Call, EchoStream, OpenStream } from '../load/load.js';
import type { BenchProcess, Setting } from './protocol.js';

// A Kafka round trip by hand: a record to the responder and a record back, through Kafka's client library with the settings
// that suit request and reply. No gRPC, no consumer group, no commits.

const REPORT_INTERVAL_MS = 100;
/** Makes a message as long as those of the other systems. */
const PADDING = Buffer.alloc(2);
/** About 64 KiB of messages of 98 bytes, as one record of Wherry's holds. */
const MAX_MESSAGES = 655;

/** The topics of the two hops, of one partition each. */
export const topicsOf = ({ namespace }: Setting) => ({ requests: `${namespace}.there`, replies: `${namespace}.back` });

/** Through the log, which can also create topics on an embedded broker. It is closed again, as idle clients cost CPU too. */
export async function makeTopics(brokers: string, names: readonly string[]): Promise<void> {
  await using log = await openLog({ brokers, acknowledgements: false, onUndelivered: () => {}, onTrouble: () => {} });
  for (const name of names) await log.createTopic({ name, partitions: 1 });
}

/** Sends every request back. */
export async function startResponder(setting: Setting, lingerMs: number): Promise<BenchProcess> {
  const { requests, replies } = topicsOf(setting);
  await makeTopics(setting.brokers, [requests, replies]);
  const producer = await openProducer(setting, lingerMs);
  const consumer = await openConsumer(setting, requests, (value) => producer.produce(replies, 0, value));
  return { close: () => disconnectAll(consumer, producer) };
}

export async function startCaller(setting: Setting, lingerMs: number): Promise<BenchProcess> {
  const { requests, replies } = topicsOf(setting);
  // By the first four bytes of a body, which identify its caller, and so the call.
  const waiting = new Map<number, Parameters<Call>[2]>();
  const producer = await openProducer(setting, lingerMs);
  const streams = new PackedStreams((value) => producer.produce(requests, 0, value));
  const consumer = await openConsumer(setting, replies, (value) => {
    if (waiting.size === 0) return streams.receive(value);
    const caller = value.readUInt32LE(0);
    const done = waiting.get(caller);
    waiting.delete(caller);
    done?.(null, value.subarray(0, -PADDING.length));
  });
  const call: Call = (body, _waitMs, done) => {
    waiting.set(body.readUInt32LE(0), done);
    producer.produce(requests, 0, Buffer.concat([body, PADDING]));
  };
  return { call, openStream: streams.open, close: () => disconnectAll(consumer, producer) };
}

/**
 * Streams by hand over two hops: the messages of one turn of the event loop leave in one record, as a channel's do, and the
 * record holds nothing else. All messages have the same length. The first four bytes are those of one message at a time.
 */
class PackedStreams {
  readonly #produce: (value: Buffer) => void;
  /** The streams that wait for a message, by its first four bytes. */
  readonly #waiting = new Map<number, (body: Buffer) => void>();
  #gathered: Buffer[] = [];
  #length = 0;

  /** @param produce sends one record. */
  constructor(produce: (value: Buffer) => void) {
    this.#produce = produce;
  }

  readonly open: OpenStream = (onEcho, onEnd): EchoStream => ({
    send: (body) => {
      this.#waiting.set(body.readUInt32LE(0), onEcho);
      this.#length = body.length;
      if (this.#gathered.push(body) === 1) setImmediate(() => this.#flush());
    },
    end: () => setImmediate(() => onEnd(null)),
  });

  /** A record came back. */
  receive(value: Buffer): void {
    for (let start = 0; start < value.length; start += this.#length) {
      this.#waiting.get(value.readUInt32LE(start))?.(value.subarray(start, start + this.#length));
    }
  }

  #flush(): void {
    const gathered = this.#gathered;
    this.#gathered = [];
    for (let at = 0; at < gathered.length; at += MAX_MESSAGES) {
      this.#produce(Buffer.concat(gathered.slice(at, at + MAX_MESSAGES)));
    }
  }
}

const common = ({ brokers }: Setting) => ({
  'bootstrap.servers': brokers,
  'socket.nagle.disable': true,
  'allow.auto.create.topics': false,
  log_level: 3,
});

/** Sends one record for each message: at once, or up to `lingerMs` later together with others. */
async function openProducer(setting: Setting, lingerMs: number): Promise<rdkafka.Producer> {
  const producer = new rdkafka.Producer({
    ...common(setting),
    'linger.ms': lingerMs,
    // More requests under way at once overwhelm a broker under load; with fewer, each waits for the one before.
    'max.in.flight.requests.per.connection': 5,
    // A report for each record would cost more than the record. Without any reports the library never empties its queue.
    dr_cb: true,
    'delivery.report.only.error': true,
  });
  producer.on('delivery-report', (error) => {
    throw error;
  });
  await connected(producer);
  producer.setPollInterval(REPORT_INTERVAL_MS);
  return producer;
}

/** Reads a topic of one partition, from its beginning. */
async function openConsumer(
  setting: Setting,
  topic: string,
  onValue: (value: Buffer) => void,
): Promise<rdkafka.KafkaConsumer> {
  const consumer = new rdkafka.KafkaConsumer(
    {
      ...common(setting),
      'group.id': `${setting.namespace}.none`,
      'enable.auto.commit': false,
      // The embedded broker answers an empty fetch only after this time; Kafka answers as soon as a record is there.
      'fetch.wait.max.ms': setting.embedded ? 2 : 500,
    },
    {},
  );
  await connected(consumer);
  consumer.assign([{ topic, partition: 0, offset: 0 }]);
  consumer.on('data', ({ value }) => {
    if (value !== null) onValue(value);
  });
  consumer.setDefaultConsumeTimeout(100);
  consumer.setDefaultConsumeLoopTimeoutDelay(0);
  consumer.consume();
  return consumer;
}

function connected(client: rdkafka.Producer | rdkafka.KafkaConsumer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.connect({ allTopics: false, timeout: 10_000 }, (error) => (error ? reject(error) : resolve()));
  });
}

async function disconnectAll(consumer: rdkafka.KafkaConsumer, producer: rdkafka.Producer): Promise<void> {
  // node-rdkafka may crash if a producer is polled while it disconnects.
  producer.setPollInterval(0);
  const clients = [consumer, producer];
  await Promise.all(clients.map((client) => new Promise<void>((resolve) => client.disconnect(() => resolve()))));
}
