import { cpuPerCall, ownCpuTime } from '../cpu-time.js';
import { measure } from '../load/measure.js';
import type { Answer, Question } from '../protocol.js';
import type { BenchProcess, Setting } from './bench-process.js';
import { holdCalls, memoryUse } from './held-calls.js';
import { type ProcessName, starters } from './names.js';
import { startProfile } from './profiler.js';

// The entry of every process of a system: node main.js NAME SETTING, started with fork().

const [name, setting] = process.argv.slice(2);
let endProfile: (() => Promise<void>) | undefined;
let held: ReturnType<typeof holdCalls> | undefined;
// However the bench ends, its processes end with it.
const orphaned = () => process.exit(1);
process.on('disconnect', orphaned);
// Ctrl-C in a terminal reaches every process; it is for the bench to answer.
process.on('SIGINT', () => {});

async function answer(running: BenchProcess, question: Question): Promise<Answer> {
  const { call, handlers, program } = running;
  const cpuTime = program === undefined ? ownCpuTime : () => program.cpu();
  switch (question.do) {
    case 'cpu':
      return { cpu: cpuTime() };
    case 'measure': {
      const before = cpuTime();
      const { figures, cpu } = program?.measure
        ? { figures: await program.measure(question.load), cpu: program.cpu() }
        : await measure(running, question.load, cpuTime);
      const packing = running.packing?.take();
      return { figures: { ...figures, ...(packing && { packing }) }, cpu: cpuPerCall(before, cpu, figures.calls) };
    }
    case 'memory':
      return { memory: memoryUse() };
    case 'handled':
      return { handled: needed(handlers, 'handlers').handled };
    case 'hold':
      held = holdCalls(needed(call, 'calls'), question.calls, question.bodyBytes);
      // Whoever asks for the answers gets the error too.
      held.answered.catch(() => {});
      return { done: true };
    case 'holding':
      await needed(handlers, 'handlers').holding(question.calls);
      return { done: true };
    case 'release':
      needed(handlers, 'handlers').release();
      return { done: true };
    case 'released':
      await held?.answered;
      return { done: true };
    case 'profile':
      await endProfile?.();
      endProfile = question.file === undefined ? undefined : await startProfile(question.file);
      return { done: true };
    case 'stop':
      await running.close();
      return { done: true };
  }
}

function needed<T>(part: T | undefined, what: string): T {
  if (part === undefined) throw new Error(`${name} has no ${what}`);
  return part;
}

function tell(answer: Answer): void {
  process.send?.(answer);
}

function fail(error: unknown): void {
  tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

try {
  const start = await starters[name as ProcessName]();
  const running = await start(JSON.parse(setting ?? '') as Setting);
  process.on('message', (question: Question) => {
    answer(running, question)
      .then((answer) => {
        tell(answer);
        if (question.do !== 'stop') return;
        // Nothing may keep it alive now: if something does, the bench says so.
        process.off('disconnect', orphaned);
        process.disconnect();
      })
      .catch(fail);
  });
  tell({ ready: true, address: running.address });
} catch (error) {
  fail(error);
}
