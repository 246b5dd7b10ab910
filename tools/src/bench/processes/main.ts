import { measure } from '../closed-loop.js';
import { cpuPerCall, ownCpuTime } from '../cpu-time.js';
import type { Answer, Question } from '../protocol.js';
import type { BenchProcess, Setting } from './bench-process.js';
import { type ProcessName, starters } from './names.js';
import { startProfile } from './profiler.js';

// The entry of every process of a system: node main.js NAME SETTING, started with fork().

const [name, setting] = process.argv.slice(2);
let endProfile: (() => Promise<void>) | undefined;
// However the bench ends, its processes end with it.
const orphaned = () => process.exit(1);
process.on('disconnect', orphaned);
// Ctrl-C in a terminal reaches every process; it is for the bench to answer.
process.on('SIGINT', () => {});

async function answer(running: BenchProcess, question: Question): Promise<Answer> {
  switch (question.do) {
    case 'cpu':
      return { cpu: ownCpuTime() };
    case 'measure': {
      if (running.call === undefined) throw new Error(`${name} makes no calls`);
      const before = ownCpuTime();
      const { figures, cpu } = await measure(running.call, question.load, ownCpuTime);
      return { figures, cpu: cpuPerCall(before, cpu, figures.calls) };
    }
    case 'profile':
      await endProfile?.();
      endProfile = question.file === undefined ? undefined : await startProfile(question.file);
      return { done: true };
    case 'stop':
      await running.close();
      return { done: true };
  }
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
