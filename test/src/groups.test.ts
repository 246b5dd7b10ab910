import { Metadata } from '@grpc/grpc-js';
import type { Worker } from '@wherry/worker';
import anyTest, { type ExecutionContext } from 'ava';
import type { EchoClient } from './gen/echo.js';
import { addPartitions } from './support/add-partitions.js';
import { realKafka, useBroker } from './support/brokers.js';
import { echoWith, message, unary } from './support/echo.js';
import { groupProtocols } from './support/group-protocols.js';
import { clientOf, Harness, signal } from './support/harness.js';
import { servedUntil } from './support/served-until.js';

const test = anyTest;
// Asked first: AVA lets a file wait only before its first test or hook.
const protocols = await groupProtocols();
const brokers = useBroker(test);

function begin(t: ExecutionContext): Harness {
  t.timeout(60_000);
  return new Harness(t, brokers());
}

const onRealKafka = realKafka === undefined ? test.skip : test;
const soon = (ms: number): { deadline: number } => ({ deadline: Date.now() + ms });

for (const protocol of protocols) {
  const consumer = { 'group.protocol': protocol };
  const named = (name: string): string => `${name} (group.protocol ${protocol})`;
  /** The embedded broker's classic groups take three seconds a change, and more where a member joins another. */
  const onQuick = protocol === 'classic' && realKafka === undefined ? test.skip : test;

  /** A worker whose answers tell its name. */
  const worker = (h: Harness, name: string, partitions = 4): Promise<Worker> =>
    h.worker(echoWith({ unary: (call, callback) => callback(null, message({ ...call.request, text: name })) }), {
      consumer,
      partitions,
    });

  test(named('calls are answered'), async (t) => {
    const h = begin(t);
    await worker(h, 'only');
    const client = await h.client();
    for (let number = 0; number < 20; number++) {
      t.deepEqual(await unary(client, { number }, soon(30_000)), message({ number, text: 'only' }));
    }
  });

  onQuick(named('a worker that joins gets its share, and one that drains hands over what it had'), async (t) => {
    const h = begin(t);
    const first = await worker(h, 'first');
    const client = await h.client();
    t.is((await unary(client, {}, soon(30_000))).text, 'first');
    const second = await worker(h, 'second');
    await untilAnswered(client, ['first', 'second']);
    // While one drains, calls go on: none is lost, none waits for a session to end.
    let draining = true;
    const answers: string[] = [];
    const calls = (async () => {
      while (draining) answers.push((await unary(client, {}, soon(20_000))).text);
    })();
    await first.drain();
    draining = false;
    await calls;
    t.true(answers.length > 0);
    for (let number = 0; number < 12; number++) t.is((await unary(client, {}, soon(20_000))).text, 'second');
    const { startedCalls } = first.counters;
    t.true(startedCalls > 0);
    t.true(second.counters.startedCalls >= 12);
  });

  onQuick(named('a call under way in a worker that drains is answered by it'), async (t) => {
    const h = begin(t);
    const answer = signal<() => void>();
    const first = await h.worker(
      echoWith({ unary: (_call, callback) => answer.resolve(() => callback(null, message({ text: 'first' }))) }),
      { consumer, partitions: 4 },
    );
    const client = await h.client();
    const call = unary(client, {}, soon(40_000));
    const finish = await answer.promise;
    const drained = first.drain();
    await worker(h, 'second');
    t.is((await unary(client, {}, soon(40_000))).text, 'second');
    finish();
    t.is((await call).text, 'first');
    await drained;
  });

  onQuick(named('workers beyond the number of partitions stand by, and take over'), async (t) => {
    const h = begin(t);
    // A topic of the embedded broker has four.
    const partitions = realKafka === undefined ? 4 : 2;
    const names = Array.from({ length: partitions + 2 }, (_, index) => `worker ${index}`);
    const workers = new Map<string, Worker>();
    for (const name of names) workers.set(name, await worker(h, name, partitions));
    const client = await h.client();
    const answered = async (calls: number): Promise<Set<string>> => {
      const replies = Array.from({ length: calls }, () => unary(client, {}, soon(30_000)));
      return new Set((await Promise.all(replies)).map(({ text }) => text));
    };
    const before = await answered(200);
    t.true(before.size <= names.length);
    // All that had work leave; only those that stood by are there to do it.
    await Promise.all([...before].map((name) => workers.get(name)?.drain()));
    const left = names.filter((name) => !before.has(name));
    t.true(left.length >= 2, `${[...before]} had work at once, of ${partitions} partitions`);
    const after = await answered(40);
    for (const name of after) t.true(left.includes(name));
  });

  onRealKafka(named('if partitions are added under load, no call is lost, and calls use the new ones'), async (t) => {
    t.timeout(120_000);
    const h = new Harness(t, brokers());
    await worker(h, 'only', 2);
    const unused = new Set([2, 3, 4, 5, 6, 7]);
    const client = await h.client({
      observer: { sent: (_topic, partition) => void unused.delete(partition) },
    });
    await unary(client, {}, soon(30_000));
    await addPartitions(h.brokers, `${h.namespace}.requests.wherry.test.v1.Echo`, 8);
    const caller = async (): Promise<void> => {
      while (unused.size > 0) t.is((await unary(client, {}, soon(30_000))).text, 'only');
    };
    await Promise.all(Array.from({ length: 8 }, caller));
  });
}

/** Makes calls until each of these workers has answered one. */
async function untilAnswered(client: EchoClient, names: readonly string[]): Promise<void> {
  const missing = new Set(names);
  while (missing.size > 0) {
    missing.delete((await unary(client, {}, soon(30_000))).text);
  }
}

onRealKafka('a worker that another one has fenced serves again when the other one is gone', async (t) => {
  t.timeout(120_000);
  const h = new Harness(t, brokers());
  const consumer = { 'group.instance.id': 'pod-0' };
  const answering = (text: string) =>
    echoWith({ unary: (call, callback) => callback(null, message({ ...call.request, text })) });
  const first = await h.worker(answering('first'), { consumer });
  const channel = await h.channel();
  const client = clientOf(channel);
  // While a worker is fenced, it is not registered.
  const call = () => unary(client, {}, new Metadata({ waitForReady: true }), soon(60_000));
  t.is((await call()).text, 'first');
  const second = await h.worker(answering('second'), { consumer });
  while (first.counters.interruptedReaders === 0) await call();
  await second.close();
  t.is((await call()).text, 'first');
  t.regex(h.logged.join('\n'), /each member its own/);
  await servedUntil(channel, (services) => services.instances('wherry.test.v1.Echo') === 1);
});
