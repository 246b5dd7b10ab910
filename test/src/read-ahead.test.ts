import anyTest from 'ava';
import { realKafka, useBroker } from './support/brokers.js';
import { echoWith, message, unary } from './support/echo.js';
import { Harness, signal, workerReady } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);
/** The embedded broker keeps no more than 5 MB a partition. */
const onRealKafka = realKafka === undefined ? test.skip : test;

/** Counts the calls that a worker reads. */
class Reading {
  read = 0;
  #wanted = 0;
  #reached = signal();

  readonly observer = {
    received: (_record: unknown, _sender: unknown, frames: readonly { open?: unknown }[]): void => {
      this.read += frames.filter(({ open }) => open !== undefined).length;
      if (this.read >= this.#wanted) this.#reached.resolve();
    },
  };

  /** Until so many more have been read. */
  more(calls: number): Promise<void> {
    this.#wanted = this.read + calls;
    this.#reached = signal();
    return this.#reached.promise;
  }
}

test('while a worker with one place is busy it reads on, so that it never waits for the next call', async (t) => {
  const h = new Harness(t, brokers());
  const reading = new Reading();
  const held = signal<() => void>();
  let holding = true;
  const handlers = echoWith({
    unary: (call, callback) => {
      const answer = (): void => callback(null, call.request);
      if (holding) held.resolve(answer);
      else answer();
      holding = false;
    },
  });
  await h.worker(handlers, { concurrency: 1, observer: reading.observer });
  const client = await h.client();
  await workerReady(client);
  const answers: Promise<unknown>[] = [];
  // One wave after the other: a reader that had paused would not have the second.
  for (let wave = 0; wave < 2; wave++) {
    const read = reading.more(500);
    for (let call = 0; call < 500; call++) answers.push(unary(client, { number: answers.length }));
    await read;
  }
  (await held.promise)();
  const expected = Array.from({ length: answers.length }, (_, number) => message({ number }));
  t.deepEqual(await Promise.all(answers), expected);
});

onRealKafka('large calls that wait for their turn are held in bounded memory, and all are answered', async (t) => {
  const h = new Harness(t, brokers());
  const calls = 150;
  const reading = new Reading();
  let answered = 0;
  let most = 0;
  const handlers = echoWith({
    unary: ({ request: { number } }, callback) => {
      most = Math.max(most, reading.read - answered);
      setImmediate(() => {
        answered++;
        callback(null, message({ number }));
      });
    },
  });
  await h.worker(handlers, { concurrency: 1, observer: reading.observer });
  const client = await h.client();
  await workerReady(client);
  const payload = Buffer.alloc(500_000);
  const answers = Array.from({ length: calls }, (_, number) => unary(client, { number, payload }));
  const numbers = (await Promise.all(answers)).map(({ number }) => number);
  t.deepEqual(
    numbers,
    Array.from({ length: calls }, (_, number) => number),
  );
  // 16 MiB that wait, and what the client library had handed over before it was told to pause.
  t.true(most * payload.length < 50_000_000, `${most} calls were held`);
});
