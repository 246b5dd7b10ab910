import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import test from 'ava';
import { atDeadline, Deadlines } from './deadline.js';

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('a deadline never expires early by the clock in which it is given', async (t) => {
  const early = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const deadline = Date.now() + (index % 50);
      return new Promise<number>((resolve) => {
        atDeadline(deadline, () => resolve(deadline - Date.now()));
      });
    }),
  );
  t.deepEqual(
    early.filter((ms) => ms > 0),
    [],
  );
});

test('a deadline that has passed expires at once, and one that was stopped never does', async (t) => {
  const told: string[] = [];
  const stop = atDeadline(Date.now() + 5, () => told.push('stopped'));
  stop();
  await new Promise<void>((resolve) => {
    atDeadline(Date.now() + 20, resolve);
    atDeadline(Date.now() - 1000, () => told.push('passed'));
  });
  t.deepEqual(told, ['passed']);
});

test.serial('calls with the same deadline share one timer, which ends once all are stopped', (t) => {
  const deadlines = new Deadlines();
  const before = timers();
  const deadline = Date.now() + 60_000;
  const running = Array.from({ length: 100 }, () => deadlines.at(deadline, () => t.fail()));
  t.is(timers(), before + 1);
  for (const one of running.slice(1)) one.stop();
  running[1]?.stop();
  t.is(timers(), before + 1, 'one deadline is left that nobody stopped');
  running[0]?.stop();
  t.is(timers(), before);
  const late = deadlines.at(deadline, () => t.fail());
  t.is(timers(), before + 1, 'a deadline that comes after all were stopped has a new timer');
  late.stop();
  t.is(timers(), before);
});

test.serial(
  'deadlines of one timer expire in order, except those that were stopped, even if a callback throws',
  async (t) => {
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    t.teardown(() => {
      for (const other of others) process.on('uncaughtException', other);
    });
    const deadlines = new Deadlines();
    const deadline = Date.now() + 20;
    const told: number[] = [];
    const thrown = once(process, 'uncaughtException');
    await new Promise<void>((resolve) => {
      const running = Array.from({ length: 6 }, (_, number) =>
        deadlines.at(deadline, () => {
          told.push(number);
          if (number === 1) throw new Error('it failed');
          if (number === 2) running[4]?.stop();
          if (number === 5) resolve();
        }),
      );
      running[0]?.stop();
    });
    t.deepEqual(told, [1, 2, 3, 5]);
    t.is(((await thrown)[0] as Error).message, 'it failed');
  },
);

test('the callbacks of a shared timer run in the async context of none of its calls', async (t) => {
  const storage = new AsyncLocalStorage<string>();
  const deadlines = storage.run('the endpoint', () => new Deadlines());
  const deadline = Date.now() + 5;
  const contexts = await Promise.all(
    ['one', 'other'].map((call) =>
      storage.run(call, () => new Promise((resolve) => void deadlines.at(deadline, () => resolve(storage.getStore())))),
    ),
  );
  t.deepEqual(contexts, [undefined, undefined]);
  const own = storage.run(
    'one',
    () => new Promise((resolve) => void atDeadline(Date.now() + 5, () => resolve(storage.getStore()))),
  );
  t.is(await own, 'one', 'a deadline with a timer of its own keeps its context');
});
