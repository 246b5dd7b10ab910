import { readFileSync } from 'node:fs';
import anyTest from 'ava';
import { useBroker } from './support/brokers.js';
import { startProcess, startWorkerProcess } from './support/endpoint-process.js';
import { Harness } from './support/harness.js';

const test = anyTest;
const brokers = useBroker(test);
const onLinux = process.platform === 'linux' ? test : test.skip;

const GIGABYTE = 2 ** 30;
const ALLOWED_GROWTH = 200 * 2 ** 20;
/** What may be under way: four windows (a direction each way, at each end of it), and what streams hold of objects. */
const ALLOWED_AHEAD = 8 * 2 ** 20;

onLinux('a bidirectional stream of a gigabyte through a reader that pauses is held in bounded memory', async (t) => {
  t.timeout(600_000);
  const h = new Harness(t, brokers());
  const worker = await startWorkerProcess(t, h.brokers, h.namespace);
  const caller = await startProcess(t, 'stream-caller', h.brokers, h.namespace, String(GIGABYTE));
  const start = { worker: memory(worker.pid, 'VmRSS'), caller: memory(caller.pid, 'VmRSS') };
  const result = (await caller.said()) as { read: number; wrong: number; aheadBytes: number; ms: number };
  const growth = {
    worker: memory(worker.pid, 'VmHWM') - start.worker,
    caller: memory(caller.pid, 'VmHWM') - start.caller,
  };
  t.log({ ...result, growth });
  t.is(result.read, GIGABYTE / 65_536);
  t.is(result.wrong, 0);
  t.true(result.aheadBytes <= ALLOWED_AHEAD, `${result.aheadBytes} bytes were written ahead of the paused reader`);
  t.true(growth.worker <= ALLOWED_GROWTH, `the worker grew by ${growth.worker} bytes`);
  t.true(growth.caller <= ALLOWED_GROWTH, `the caller grew by ${growth.caller} bytes`);
});

/** What Linux says of a process: its resident memory now (VmRSS), or the most it ever was (VmHWM), in bytes. */
function memory(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm'));
  return Number(line?.[1]) * 1024;
}
