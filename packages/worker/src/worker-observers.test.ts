import { status as Status } from '@grpc/grpc-js';
import { LogError } from '@wherry/kafka';
import { MemoryBroker } from '@wherry/kafka/memory';
import test from 'ava';
import type { WorkerInstrumentation, WorkerObserver } from './instrumentation.js';
import { settle, until } from './played-caller.test.helpers.js';
import { openWorker } from './worker.js';
import { ask, committed, makeBench, open, openOn, requests, say } from './worker-bench.test.helpers.js';

/** An instrumentation that says in `seen` what it sees, under its name. */
function watching(seen: string[], name: string, more: Partial<WorkerObserver> = {}): WorkerInstrumentation {
  return {
    workerMade: () => ({
      opened: () => void seen.push(`${name} opened`),
      closed: () => void seen.push(`${name} closed`),
      callRead: ({ method, callsInRecord, group, mayBeRedelivered }) => {
        seen.push(`${name} read ${method} ${callsInRecord} ${group} ${mayBeRedelivered}`);
        return {
          begun: () => void seen.push(`${name} begun`),
          skipped: (why) => void seen.push(`${name} skipped ${why}`),
          message: (direction, message) => void seen.push(`${name} ${direction} ${message}`),
          replying: () => void seen.push(`${name} replying`),
          over: (replied) => void seen.push(`${name} over ${replied}`),
          ended: ({ code }) => void seen.push(`${name} ended ${Status[code]}`),
        };
      },
      ...more,
    }),
  };
}

/** An observer passes over a second end of a call. */
function withoutSecondEnds(lines: readonly string[]): string[] {
  return lines.filter((line, index) => !line.includes('ended') || !lines[index - 1]?.includes('ended'));
}

test('two observers see the same of one worker, and of its close once', async (t) => {
  const seen: string[] = [];
  const bench = await open(t, { instrumentation: [watching(seen, 'a'), watching(seen, 'b')] });
  await settle();
  // Later than the partition was given, by the clock.
  const given = Date.now();
  await until(() => Date.now() > given);
  ask(bench, 'question');
  (await bench.handlers.asked.next()).answer(null, 'answer');
  await bench.caller.next();
  ask(bench, 'expired', { opening: { deadline: 1 } });
  await until(() => committed(bench) === 2);
  await Promise.all([bench.worker.close(), bench.worker.close()]);
  await bench.worker.drain();
  const of = (name: string): string[] =>
    seen.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(2));
  t.deepEqual(withoutSecondEnds(of('a')), [
    'opened',
    `read ${say} 1 ${requests} false`,
    'begun',
    'received question',
    'sent answer',
    'replying',
    'ended OK',
    'over true',
    `read ${say} 1 ${requests} false`,
    'skipped expired',
    'closed',
  ]);
  t.deepEqual(of('b'), of('a'));
});

test('a call that another worker may have begun is said to be so, and one that is left too', async (t) => {
  const seen: string[] = [];
  const bench = await makeBench(t);
  ask(bench, 'first');
  await settle();
  const written = Date.now();
  await until(() => Date.now() > written);
  const { worker } = await openOn(t, bench, { concurrency: 1, instrumentation: watching(seen, 'a') });
  await bench.handlers.asked.next();
  ask(bench, 'second');
  await until(() => worker.callsWaiting === 1);
  await worker.close();
  t.deepEqual(
    seen.filter((line) => !/ received | read | opened| ended CANCELLED/.test(line)),
    ['a begun', 'a ended UNAVAILABLE', 'a over false', 'a skipped left', 'a over false', 'a closed'],
  );
  t.is(seen[1], `a read ${say} 1 ${requests} true`);
});

test('two that propagate are a TypeError, and no log is opened', async (t) => {
  const seen: string[] = [];
  const instrumentation = ['a', 'b'].map((name) => watching(seen, name, { propagates: true }));
  const opening = openWorker({ brokers: 'memory', instrumentation }, () => {
    t.fail('a log was opened');
    return Promise.reject(new Error('not reached'));
  });
  await t.throwsAsync(opening, { instanceOf: TypeError, message: /2 members that propagate/ });
  t.deepEqual(seen, ['a closed', 'b closed']);
});

test('a worker that cannot be opened is told to its observers as closed', async (t) => {
  const broker = new MemoryBroker();
  const seen: string[] = [];
  const opening = openWorker({ brokers: 'memory', instrumentation: watching(seen, 'a') }, (logOptions) => {
    const log = broker.open(logOptions);
    broker.disconnect(log);
    return Promise.resolve(log);
  });
  await t.throwsAsync(opening, { instanceOf: LogError });
  t.deepEqual(seen, ['a closed']);
});
