import { LogError } from '@wherry/kafka';
import test from 'ava';
import { type Destination, gateLimits, InboxGate } from './inbox-gate.js';

/** A gate, the topics that its brokers know, and a clock that the test moves. */
class Scene {
  readonly topics = new Set<string>();
  readonly unled = new Set<string>();
  readonly sent: string[] = [];
  readonly refused: string[] = [];
  readonly errors: LogError[] = [];
  asked = 0;
  lists = 0;
  most = 0;
  trouble: LogError | undefined;
  #under = 0;
  #now = 0;
  #timers = new Map<() => void, number>();
  readonly gate = new InboxGate(
    {
      exists: async (topic) => {
        this.asked++;
        this.most = Math.max(this.most, ++this.#under);
        await turn();
        this.#under--;
        if (this.trouble !== undefined) throw this.trouble;
        return this.topics.has(topic) && !this.unled.has(topic);
      },
      inboxes: async () => {
        this.lists++;
        await turn();
        if (this.trouble !== undefined) throw this.trouble;
        return [...this.topics];
      },
    },
    {
      now: () => this.#now,
      after: (ms, run) => {
        this.#timers.set(run, this.#now + ms);
        return () => this.#timers.delete(run);
      },
    },
  );

  hold(topic: string, what = topic, bytes = 1): void {
    this.gate.hold(destination(topic), {
      bytes,
      send: () => this.sent.push(what),
      refuse: (error) => {
        this.refused.push(what);
        this.errors.push(error);
      },
    });
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      this.#now += 50;
      for (const [run, at] of [...this.#timers]) {
        if (at > this.#now) continue;
        this.#timers.delete(run);
        run();
      }
      await settle();
    }
  }
}

const destination = (topic: string): Destination => ({ name: topic, topic, partition: 0 });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await turn();
}

test('what is for an inbox that exists leaves in its order after one question, and later without a question', async (t) => {
  const scene = new Scene();
  scene.topics.add('a');
  for (const what of ['first', 'second', 'third']) scene.hold('a', what);
  t.false(scene.gate.knows('a'));
  await settle();
  t.deepEqual(scene.sent, ['first', 'second', 'third']);
  t.true(scene.gate.knows('a'));
  t.is(scene.asked, 1);
  scene.gate.forget('a');
  t.false(scene.gate.knows('a'));
});

test('what is for an inbox that no broker knows yet leaves once one does', async (t) => {
  const scene = new Scene();
  scene.hold('new');
  await scene.pass(1000);
  t.deepEqual([scene.sent, scene.refused], [[], []]);
  scene.topics.add('new');
  await scene.pass(gateLimits.retryMs);
  t.deepEqual(scene.sent, ['new']);
});

test('what is for an inbox that does not exist is refused, and nothing is remembered', async (t) => {
  const scene = new Scene();
  scene.hold('nobody');
  await scene.pass(gateLimits.appearMs - gateLimits.retryMs);
  t.deepEqual(scene.refused, []);
  await scene.pass(2 * gateLimits.retryMs);
  t.deepEqual([scene.sent, scene.refused], [[], ['nobody']]);
  t.true(scene.errors[0]?.topicUnknown);
  t.is(scene.gate.waiting, 0);
  t.false(scene.gate.knows('nobody'));
});

test('what is for an inbox without a leader leaves, and the client library waits for the leader', async (t) => {
  const scene = new Scene();
  scene.topics.add('a');
  scene.unled.add('a');
  scene.hold('a');
  await scene.pass(gateLimits.appearMs + gateLimits.retryMs);
  t.deepEqual([scene.sent, scene.refused], [['a'], []]);
});

test('if Kafka does not answer, everything leaves, and nothing counts as known', async (t) => {
  const scene = new Scene();
  scene.trouble = new LogError('no broker', { code: -195 });
  for (let number = 0; number < 10; number++) scene.hold(`inbox ${number}`);
  await settle();
  t.is(scene.sent.length, 10);
  t.false(scene.gate.knows('inbox 0'));
});

test('thousands of inboxes that do not exist take few questions, and do not delay one that does', async (t) => {
  const scene = new Scene();
  for (let number = 0; number < 20_000; number++) scene.hold(`forged ${number}`);
  scene.topics.add('caller');
  scene.hold('caller');
  await settle();
  t.deepEqual(scene.sent, ['caller']);
  t.true(scene.gate.waiting <= gateLimits.doubtful + gateLimits.single, `${scene.gate.waiting} wait`);
  t.true(scene.asked + scene.lists < 100, `${scene.asked} questions, ${scene.lists} lists`);
  t.true(scene.most <= gateLimits.questions);
  await scene.pass(2 * gateLimits.appearMs);
  t.is(scene.refused.length, 20_000);
  t.is(scene.gate.waiting, 0);
});

test('what waits is limited in bytes: inboxes that were not found give way, and others leave', async (t) => {
  const scene = new Scene();
  scene.hold('a', 'large', gateLimits.heldBytes);
  scene.hold('a', 'one byte');
  t.deepEqual(scene.sent, ['large', 'one byte']);
  scene.hold('b', 'missing', gateLimits.heldBytes);
  await settle();
  scene.topics.add('c');
  scene.hold('c', 'new');
  t.deepEqual(scene.refused, ['missing']);
  await settle();
  t.deepEqual(scene.sent, ['large', 'one byte', 'new']);
});

test('if Kafka does not answer about thousands of inboxes, a part leaves, and the others wait for an answer', async (t) => {
  const scene = new Scene();
  scene.trouble = new LogError('no answer', { code: -185 });
  for (let number = 0; number < 3000; number++) scene.hold(`inbox ${number}`);
  await settle();
  const left = scene.sent.length;
  t.true(left >= gateLimits.doubtful && left <= 4 * gateLimits.doubtful, `${left} left`);
  t.is(scene.gate.waiting, 3000 - left);
  scene.trouble = undefined;
  for (let number = 0; number < 3000; number++) scene.topics.add(`inbox ${number}`);
  await scene.pass(4 * gateLimits.retryMs);
  t.is(scene.sent.length, 3000);
  t.deepEqual(scene.refused, []);
});

test('a gate is free once nothing waits, and a closed gate tells nobody', async (t) => {
  const scene = new Scene();
  await scene.gate.free(1000);
  scene.topics.add('a');
  scene.hold('a');
  await scene.gate.free(1000);
  t.deepEqual(scene.sent, ['a']);
  scene.hold('b');
  const freed = scene.gate.free(1000);
  scene.gate.close();
  await freed;
  await scene.pass(2 * gateLimits.appearMs);
  t.deepEqual([scene.sent, scene.refused], [['a'], []]);
});

test('an inbox is forgotten if too many are known', async (t) => {
  const scene = new Scene();
  for (let number = 0; number <= gateLimits.known; number++) scene.topics.add(`inbox ${number}`);
  for (const topic of scene.topics) scene.hold(topic);
  while (scene.sent.length < scene.topics.size) await settle();
  t.false(scene.gate.knows('inbox 0'));
  t.true(scene.gate.knows(`inbox ${gateLimits.known}`));
});
