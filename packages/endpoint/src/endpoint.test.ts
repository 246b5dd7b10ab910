import { mock } from 'node:test';
import { type Log, LogError, type LogOptions } from '@wherry/kafka';
import { kafkaErrors } from '@wherry/kafka/internal';
import { MemoryBroker } from '@wherry/kafka/memory';
import { decodeRecord, encodeRecord, encodeRegistration, type Frame, type InboxAddress } from '@wherry/wire';
import test, { type ExecutionContext } from 'ava';
import { type Endpoint, type EndpointListener, type EndpointNeeds, openEndpoint } from './endpoint.js';
import type { EndpointOptions } from './endpoint-options.js';
import type { Logger } from './logger.js';
import { openMemoryLog, settle } from './memory-log.test.helpers.js';
import { registryLimits } from './registry-limits.js';
import { inboxPrefix } from './topic-names.js';
import { keepUncaught } from './uncaught.test.helpers.js';

const callId = 'sixteen bytes it';
const sender: InboxAddress = { topic: 'wherry.inbox.sender', partition: 0 };
const needs: EndpointNeeds = { component: 'channel', acknowledgements: false, registry: false, observers: [] };

/** Keeps in words what it is told. */
class Told implements EndpointListener {
  readonly events: string[] = [];
  readonly errors: LogError[] = [];
  #waiting: { wanted: string; resolve: () => void }[] = [];

  onFrame({ sequence }: Frame, { topic }: InboxAddress): void {
    this.#tell(`frame ${sequence} of ${topic}`);
  }

  onPeerGone({ topic }: InboxAddress): void {
    this.#tell(`${topic} gone`);
  }

  onUndelivered(id: string, error: LogError): void {
    this.errors.push(error);
    this.#tell(`undelivered: ${id}`);
  }

  onInboxReplaced(): void {
    this.#tell('inbox replaced');
  }

  onUnreachable(error: LogError): void {
    this.errors.push(error);
    this.#tell('unreachable');
  }

  onReachable(): void {
    this.#tell('reachable');
  }

  /** Until it was told of this. */
  async until(wanted: string): Promise<void> {
    if (!this.events.includes(wanted)) await new Promise<void>((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  #tell(event: string): void {
    this.events.push(event);
    for (const { wanted, resolve } of this.#waiting) if (wanted === event) resolve();
  }
}

/** A logger that keeps its lines. */
class Lines implements Logger {
  readonly lines: string[] = [];
  readonly warn = (...line: unknown[]): void => void this.lines.push(String(line.at(-1)));
  readonly error = this.warn;
}

interface Bench {
  readonly broker: MemoryBroker;
  readonly endpoint: Endpoint;
  readonly log: Log;
  readonly lines: readonly string[];
}

/** An endpoint on a broker of its own, closed with the test. */
async function open(
  t: ExecutionContext,
  options: Partial<EndpointOptions> = {},
  openLog: (broker: MemoryBroker, options: LogOptions) => Log = (broker, logOptions) => broker.open(logOptions),
): Promise<Bench> {
  const broker = new MemoryBroker();
  const logger = new Lines();
  const endpoint = await openEndpoint({ brokers: 'memory', logger, ...options }, needs, (logOptions) =>
    Promise.resolve(openLog(broker, logOptions)),
  );
  t.teardown(() => {
    broker.reconnect();
    return endpoint.close();
  });
  return { broker, endpoint, log: endpoint.log, lines: logger.lines };
}

/** Writes records to a partition, each with one frame of such a number. */
function writeFrames(log: Log, { topic, partition }: InboxAddress, ...sequences: number[]): void {
  for (const sequence of sequences) {
    const { key, value } = encodeRecord({ sender, frames: [{ callId, sequence, halfClose: true }] });
    log.produce(topic, partition, key, value);
  }
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

const allBrokersDown = new LogError('no broker', { code: kafkaErrors.allBrokersDown });

// Opening.

for (const registry of [false, true]) {
  for (let turns = 0; turns < 12; turns++) {
    test(`Kafka is lost ${turns} turns after opening began, ${registry ? 'with' : 'without'} the registry`, async (t) => {
      const before = timers();
      const broker = new MemoryBroker();
      const logger = new Lines();
      const opened: { log?: Log } = {};
      const opening = openEndpoint(
        { brokers: 'memory', logger, connectTimeoutMs: 100 },
        { ...needs, registry },
        (logOptions) => {
          opened.log = broker.open(logOptions);
          return Promise.resolve(opened.log);
        },
      );
      const result = opening.catch((error: unknown) => error);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      broker.disconnect();
      const endpoint = await result;
      if (endpoint instanceof Error) {
        t.true(endpoint instanceof LogError, String(endpoint));
      } else {
        const told = new Told();
        (endpoint as Endpoint).listen(told);
        await told.until('unreachable');
        broker.reconnect();
        await told.until('reachable');
        await (endpoint as Endpoint).close();
      }
      await t.throwsAsync(async () => opened.log?.partitions('any'), { message: /the log is closed/ });
      t.is(timers(), before);
      const left = await openMemoryLog(t, broker).topics(inboxPrefix('wherry'));
      if (turns === 0 || !(endpoint instanceof Error)) t.deepEqual(left, []);
    });
  }
}

test('Kafka that refuses the inbox is a LogError, and nothing stays open', async (t) => {
  const broker = new MemoryBroker();
  const opened: Log[] = [];
  const options = { brokers: 'memory', inbox: { replicationFactor: 3 } };
  const opening = openEndpoint(options, { ...needs, registry: true }, (logOptions) => {
    const log = broker.open(logOptions);
    opened.push(log);
    return Promise.resolve(log);
  });
  await t.throwsAsync(opening, { instanceOf: LogError, message: /replication factor/ });
  await t.throwsAsync(async () => opened[0]?.partitions('any'), { message: /the log is closed/ });
  t.deepEqual(await openMemoryLog(t, broker).topics(inboxPrefix('wherry')), []);
});

/** Opens an endpoint. Calls `onInbox` as soon as its inbox was made. */
function openWith(broker: MemoryBroker, connectTimeoutMs: number, onInbox: (topic: string) => void): Promise<Endpoint> {
  return openEndpoint({ brokers: 'memory', logger: new Lines(), connectTimeoutMs }, needs, (logOptions) => {
    const log = broker.open(logOptions);
    const createTopic = log.createTopic.bind(log);
    log.createTopic = async (topic) => {
      const made = await createTopic(topic);
      onInbox(topic.name);
      return made;
    };
    return Promise.resolve(log);
  });
}

test('an inbox whose records do not come back fails the opening, and is deleted', async (t) => {
  const broker = new MemoryBroker();
  const opening = openWith(broker, 50, (topic) => broker.hold(topic, 0));
  const message = /^inbox wherry\.inbox\.\S+ cannot be read: no record that was written to it came back within 50 ms$/;
  await t.throwsAsync(opening, { instanceOf: LogError, message });
  t.deepEqual(await openMemoryLog(t, broker).topics(inboxPrefix('wherry')), []);
});

test('an inbox that may not be read fails the opening at once', async (t) => {
  const broker = new MemoryBroker();
  const refused = new LogError('reading: not authorized', { code: 29 });
  const opening = openWith(broker, 60_000, (topic) => {
    broker.hold(topic, 0);
    // The reader of the inbox opens in the turns after this one.
    void settle().then(() => broker.failReaders(topic, refused));
  });
  t.is(await t.throwsAsync(opening), refused);
  t.deepEqual(await openMemoryLog(t, broker).topics(inboxPrefix('wherry')), []);
});

test('registrations beyond a limit are counted, and logged once', async (t) => {
  const broker = new MemoryBroker();
  const logger = new Lines();
  const { lines } = logger;
  const options = { brokers: 'memory', logger };
  const endpoint = await openEndpoint(options, { ...needs, registry: true }, async (all) => broker.open(all));
  t.teardown(() => endpoint.close());
  await endpoint.registry?.ready;
  const log = openMemoryLog(t, broker);
  const { registrationsOfService } = registryLimits;
  const services = [{ name: 'a.One', descriptors: undefined }];
  for (let number = 0; number < registrationsOfService + 5; number++) {
    const times = { writtenAt: Date.now(), startedAt: 1, leaseMs: 60_000 };
    const { key, value } = encodeRegistration({ topic: `worker.${number}`, partition: 0 }, { ...times, services });
    log.produce('wherry.registry', 0, key, value);
  }
  await log.flush(10_000);
  await endpoint.registry?.catchUp();
  t.is(endpoint.registry?.instances('a.One'), registrationsOfService);
  t.is(endpoint.counters.malformedRecords, 5);
  t.is(lines.length, 1);
  t.regex(
    lines[0] ?? '',
    /wherry\.registry\[0\]@2000: limit record: the registry has 2000 registrations of a\.One already/,
  );
});

test('a wrong option is a TypeError, and no log is opened', async (t) => {
  const opening = openEndpoint({ brokers: 'memory', leaseMs: 0 }, needs, () => {
    t.fail('a log was opened');
    return Promise.reject(new Error('not reached'));
  });
  await t.throwsAsync(opening, { instanceOf: TypeError, message: /leaseMs/ });
});

test('trouble told while the endpoint opens is kept for its listener', async (t) => {
  const { endpoint } = await open(t, {}, (broker, logOptions) => {
    logOptions.onTrouble(allBrokersDown);
    return broker.open(logOptions);
  });
  await settle();
  const told = new Told();
  endpoint.listen(told);
  t.deepEqual(told.events, ['unreachable', 'reachable'], 'the first heartbeat has come back');
  t.deepEqual(told.errors, [allBrokersDown]);
});

test('a record that was not delivered while the endpoint opens is told to the listener', async (t) => {
  const lost = encodeRecord({ sender, frames: [{ callId, sequence: 0, cancel: true }] });
  const { endpoint } = await open(t, {}, (broker, logOptions) => {
    logOptions.onUndelivered({ topic: 'gone', partition: 0, key: lost.key }, allBrokersDown);
    return broker.open(logOptions);
  });
  const told = new Told();
  endpoint.listen(told);
  t.deepEqual(told.events, [`undelivered: ${callId}`]);
  t.is(endpoint.counters.undeliveredRecords, 1);
});

// Reach.

test('Kafka lost before anybody listens is told to the listener, and once only; then that it is back', async (t) => {
  const { broker, endpoint } = await open(t);
  broker.disconnect();
  await settle();
  broker.reconnect();
  broker.disconnect();
  await settle();
  const told = new Told();
  endpoint.listen(told);
  t.deepEqual(told.events, ['unreachable']);
  t.is(told.errors[0]?.code, kafkaErrors.allBrokersDown);
  broker.reconnect();
  await told.until('reachable');
  await settle();
  t.deepEqual(told.events, ['unreachable', 'reachable']);
});

test('other troubles are not the loss of Kafka, and a fatal one is logged too', async (t) => {
  const options: LogOptions[] = [];
  const { endpoint, lines } = await open(t, {}, (broker, logOptions) => {
    options.push(logOptions);
    return broker.open(logOptions);
  });
  const told = new Told();
  endpoint.listen(told);
  options[0]?.onTrouble(new LogError('one broker is slow', { code: -195 }));
  await settle();
  t.deepEqual([told.events, lines], [[], []]);
  options[0]?.onTrouble(new LogError('fenced', { code: kafkaErrors.fatal }));
  t.deepEqual(told.events, ['unreachable']);
  t.regex(lines[0] ?? '', /fenced.*create a new one/);
});

// Frames.

test('frames that came before anybody listens are given first, all in order', async (t) => {
  const { broker, endpoint } = await open(t);
  const log = openMemoryLog(t, broker);
  writeFrames(log, endpoint.address, 0, 1);
  await settle();
  const told = new Told();
  endpoint.listen(told);
  t.deepEqual(told.events, ['frame 0 of wherry.inbox.sender', 'frame 1 of wherry.inbox.sender']);
  writeFrames(log, endpoint.address, 2);
  await told.until('frame 2 of wherry.inbox.sender');
  t.deepEqual(told.events.slice(2), ['frame 2 of wherry.inbox.sender']);
});

test.serial('a listener that throws at a frame misses no other frame of the record', async (t) => {
  const { broker, endpoint } = await open(t);
  const errors = keepUncaught(t);
  const heard: number[] = [];
  endpoint.listen(
    Object.assign(new Told(), {
      onFrame: ({ sequence }: Frame) => {
        heard.push(sequence);
        if (sequence === 0) throw new Error('not mine');
      },
    }),
  );
  const frames = [0, 1].map((sequence) => ({ callId, sequence, halfClose: true }));
  const { key, value } = encodeRecord({ sender, frames });
  openMemoryLog(t, broker).produce(endpoint.address.topic, 0, key, value);
  await settle();
  t.deepEqual(heard, [0, 1]);
  t.deepEqual(
    errors.map(({ message }) => message),
    ['not mine'],
  );
});

test('records that cannot be read are counted, and the next one is read', async (t) => {
  const { broker, endpoint, lines } = await open(t);
  const told = new Told();
  endpoint.listen(told);
  const log = openMemoryLog(t, broker);
  const { topic } = endpoint.address;
  log.produce(topic, 0, Buffer.from('not one of ours'), null);
  log.produce(topic, 0, Buffer.from([8, 99]), null);
  writeFrames(log, endpoint.address, 0);
  await told.until('frame 0 of wherry.inbox.sender');
  const { foreignRecords, unknownVersionRecords, malformedRecords } = endpoint.counters;
  t.is(foreignRecords + unknownVersionRecords + malformedRecords, 2);
  t.is(unknownVersionRecords, 1);
  t.is(lines.length, 2);
});

test('records of senders that are no inbox, and calls from the own inbox, are refused, counted, and logged once', async (t) => {
  const { broker, endpoint, lines } = await open(t, { inbox: { sharedTopics: ['replies'] } });
  const told = new Told();
  endpoint.listen(told);
  const log = openMemoryLog(t, broker);
  const write = (from: InboxAddress): void => {
    const { key, value } = encodeRecord({ sender: from, frames: [{ callId, sequence: 0, halfClose: true }] });
    for (let count = 0; count < 2; count++) log.produce(endpoint.address.topic, 0, key, value);
  };
  write({ topic: 'payments', partition: 0 });
  write({ topic: 'wherry.requests.a.One', partition: 0 });
  write(endpoint.address);
  write({ topic: 'replies', partition: 3 });
  await told.until('frame 0 of replies');
  await told.until('frame 0 of replies');
  t.deepEqual([...new Set(told.events)], ['frame 0 of replies']);
  t.is(endpoint.counters.refusedSenders, 6);
  t.is(lines.length, 1);
  t.regex(lines[0] ?? '', /sender is not an inbox \(see option inbox\.sharedTopics\): payments/);
});

test('frames posted in one turn to one inbox share a record, which names its sender', async (t) => {
  const { broker, endpoint, log } = await open(t);
  await log.createTopic({ name: 'peer', partitions: 2 });
  const peer = { topic: 'peer', partition: 1 };
  endpoint.post(peer, { callId, sequence: 0, accept: true });
  endpoint.tell(peer, { kind: 'lease', leaseMs: 100, echo: 0 });
  endpoint.post(peer, { callId, sequence: 1, cancel: true });
  await endpoint.flush(1000);
  const [record, ...others] = broker.records('peer', 1).map(({ key, value }) => decodeRecord(key, value));
  t.deepEqual(others, []);
  t.deepEqual(record?.sender, endpoint.address);
  t.deepEqual(
    record?.frames.map(({ sequence }) => sequence),
    [0, 1],
  );
  t.deepEqual(record?.notices, [{ kind: 'lease', leaseMs: 100, echo: 0 }]);
});

test('a record that cannot be delivered is told to each of its calls', async (t) => {
  const { endpoint } = await open(t);
  const told = new Told();
  endpoint.listen(told);
  const gone = { topic: 'gone', partition: 0 };
  const other = 'another call, it';
  endpoint.post(gone, { callId, sequence: 0, accept: true });
  endpoint.post(gone, { callId: other, sequence: 0, accept: true });
  await told.until(`undelivered: ${other}`);
  t.deepEqual(told.events, [`undelivered: ${callId}`, `undelivered: ${other}`]);
  t.true(told.errors.every(({ topicUnknown }) => topicUnknown));
  t.is(endpoint.counters.undeliveredRecords, 1);
});

// The inbox.

/** The heartbeats of instances that are opened from now on come when the test says so. */
function ownHeartbeats(t: ExecutionContext): { beat(): Promise<void> } {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  return {
    beat: () => {
      mock.timers.tick(30_000);
      return settle();
    },
  };
}

test('an inbox that was deleted is replaced at once, and the listener is told', async (t) => {
  const { broker, endpoint, log, lines } = await open(t);
  const told = new Told();
  endpoint.listen(told);
  await settle();
  const { topic } = endpoint.address;
  broker.deleteTopic(topic);
  await told.until('inbox replaced');
  t.not(endpoint.address.topic, topic);
  t.deepEqual(await log.topics(inboxPrefix('wherry')), [endpoint.address.topic]);
  t.deepEqual(lines, [`inbox ${topic} was deleted or cannot be read: calls under way end, new calls use a new inbox`]);
  writeFrames(log, endpoint.address, 0);
  await told.until('frame 0 of wherry.inbox.sender');
  t.deepEqual(told.events, ['inbox replaced', 'frame 0 of wherry.inbox.sender']);
});

test('an inbox that a broker does not know for a moment is kept', async (t) => {
  const { broker, endpoint } = await open(t);
  const { topic } = endpoint.address;
  await settle();
  const before = broker.records(topic, 0).length;
  const unknown = new LogError('no such topic', { code: kafkaErrors.unknownTopic });
  for (let times = 0; times < 3; times++) broker.failReaders(topic, unknown);
  await settle();
  t.is(endpoint.address.topic, topic);
  t.is(broker.records(topic, 0).length, before);
});

test('if an error ends the reading of the inbox, it is counted and logged, and calls go on', async (t) => {
  const { broker, endpoint, log, lines } = await open(t);
  const told = new Told();
  endpoint.listen(told);
  await settle();
  const { address } = endpoint;
  await broker.interruptReaders(address.topic, new LogError('not implemented (do this)', { code: -170 }));
  await settle();
  writeFrames(log, address, 0);
  await settle();
  t.deepEqual(told.events, []);
  broker.restoreReaders(address.topic);
  await told.until('frame 0 of wherry.inbox.sender');
  t.is(endpoint.address.topic, address.topic);
  t.is(endpoint.counters.interruptedReaders, 1);
  t.is(lines.length, 1);
  t.regex(lines[0] ?? '', /do this/);
});

test('an inbox that is replaced before anybody listens is told to the listener', async (t) => {
  const { broker, endpoint } = await open(t);
  const { topic } = endpoint.address;
  broker.deleteTopic(topic);
  // A record that an instance writes to its own inbox shows at once that the inbox is gone.
  endpoint.tell(endpoint.address, { kind: 'lease', leaseMs: 5, echo: 0 });
  while (endpoint.address.topic === topic) await settle();
  await settle();
  const told = new Told();
  endpoint.listen(told);
  t.deepEqual(told.events, ['inbox replaced']);
});

test.serial('an inbox whose reader says nothing is replaced after two heartbeats', async (t) => {
  const { beat } = ownHeartbeats(t);
  const { broker, endpoint, log } = await open(t);
  const told = new Told();
  endpoint.listen(told);
  await settle();
  const { topic } = endpoint.address;
  broker.hold(topic, 0);
  await beat();
  await beat();
  t.is(endpoint.address.topic, topic);
  await beat();
  t.not(endpoint.address.topic, topic);
  t.deepEqual(told.events, ['inbox replaced']);
  t.deepEqual(await log.topics(inboxPrefix('wherry')), [endpoint.address.topic], 'the old inbox is deleted');
});

test.serial('an inbox whose heartbeats come back stays, even if every second one is lost', async (t) => {
  const { beat } = ownHeartbeats(t);
  const { broker, endpoint } = await open(t);
  const told = new Told();
  endpoint.listen(told);
  const { topic } = endpoint.address;
  await settle();
  for (let round = 0; round < 5; round++) {
    broker.dropNext(topic, 0);
    await beat();
    await beat();
  }
  t.is(endpoint.address.topic, topic);
  t.is(broker.records(topic, 0).length, 6, 'one when it was opened, and each second one since');
  t.deepEqual(told.events, []);
});

test.serial('an inbox stays while Kafka is out of reach, however long', async (t) => {
  const { beat } = ownHeartbeats(t);
  const { broker, endpoint, lines } = await open(t);
  const told = new Told();
  endpoint.listen(told);
  const { topic } = endpoint.address;
  broker.disconnect();
  for (let round = 0; round < 5; round++) await beat();
  broker.reconnect();
  await told.until('reachable');
  await beat();
  t.is(endpoint.address.topic, topic);
  t.deepEqual(told.events, ['unreachable', 'reachable']);
  t.is(lines.length, 2, lines.join('\n'));
  t.regex(lines[0] ?? '', /^Kafka is out of reach: .*; this instance keeps trying$/);
  t.regex(lines[1] ?? '', /^Kafka is in reach again, after \d+\.\d s$/);
});

// Closing.

test('closing deletes the inbox, leaves no timer, and is harmless when repeated', async (t) => {
  const before = timers();
  const { broker, endpoint, log } = await open(t);
  endpoint.retain(sender);
  endpoint.deadlines.at(Date.now() + 60_000, () => undefined).stop();
  const first = endpoint.close();
  t.is(endpoint.close(), first);
  await first;
  await endpoint.close();
  t.is(timers(), before);
  t.deepEqual(await openMemoryLog(t, broker).topics(''), []);
  await t.throwsAsync(log.partitions('any'), { message: /the log is closed/ });
});

test('closing sends what was gathered', async (t) => {
  const { broker, endpoint, log } = await open(t);
  await log.createTopic({ name: 'peer', partitions: 1 });
  endpoint.post({ topic: 'peer', partition: 0 }, { callId, sequence: 0, cancel: true });
  await endpoint.close();
  t.is(broker.records('peer', 0).length, 1);
});

test('closing while Kafka is lost ends too, and leaves no timer', async (t) => {
  const before = timers();
  const { broker, endpoint } = await open(t);
  broker.disconnect();
  await settle();
  await endpoint.close();
  t.is(timers(), before);
});

test('closing while the inbox is being replaced leaves neither inbox', async (t) => {
  const { broker, endpoint } = await open(t);
  broker.deleteTopic(endpoint.address.topic);
  endpoint.tell(endpoint.address, { kind: 'lease', leaseMs: 5, echo: 0 });
  for (let turns = 0; turns < 4; turns++) await new Promise((resolve) => setImmediate(resolve));
  await endpoint.close();
  await settle();
  t.deepEqual(await openMemoryLog(t, broker).topics(''), []);
});

test.serial('several observers see the records, and one that throws, even for headers, costs nothing', async (t) => {
  const errors = keepUncaught(t);
  const broker = new MemoryBroker();
  const seen: string[] = [];
  const bad = () => {
    throw new Error('bad');
  };
  const endpoint = await openEndpoint(
    { brokers: 'memory', observer: { sent: bad, acknowledged: bad, received: bad, headers: bad } },
    {
      ...needs,
      observers: [
        {
          sent: (topic) => void seen.push(`sent ${topic}`),
          acknowledged: (topic) => void seen.push(`acknowledged ${topic}`),
          headers: () => [['name', 'text']],
        },
      ],
    },
    (logOptions) => Promise.resolve(broker.open(logOptions)),
  );
  t.teardown(() => endpoint.close());
  await endpoint.log.createTopic({ name: 'peer', partitions: 1 });
  endpoint.post({ topic: 'peer', partition: 0 }, { callId, sequence: 0, cancel: true });
  await endpoint.flush(1000);
  await settle();
  t.deepEqual(
    seen.filter((line) => line.endsWith('peer')),
    ['sent peer', 'acknowledged peer'],
  );
  t.deepEqual(broker.records('peer', 0)[0]?.headers, [['name', 'text']]);
  t.true(errors.length > 0);
});

test.serial('a lone observer that throws for headers does not keep a record back', async (t) => {
  keepUncaught(t);
  const { broker, endpoint, log } = await open(t, {
    observer: {
      headers: () => {
        throw new Error('bad');
      },
    },
  });
  await log.createTopic({ name: 'peer', partitions: 1 });
  endpoint.post({ topic: 'peer', partition: 0 }, { callId, sequence: 0, cancel: true });
  await endpoint.flush(1000);
  t.is(broker.records('peer', 0).length, 1);
});
