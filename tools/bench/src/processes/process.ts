import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { closedLoop, streamLoop } from '../load/closed-loops.js';
import { Latencies } from '../load/latencies.js';
import { Body, type Call, type Load, type Measured } from '../load/load.js';
import { openLoop } from '../load/open-loop.js';
import { busyCpuTime, cpuPerCall, ownCpuTime, startProfile } from './cpu.js';
import type { Answer, BenchProcess, MeasuredByProcess, MemoryUse, Question, Setting } from './protocol.js';
import { type ProcessName, starters } from './starters.js';

// The entry of every process of a system: node process.js NAME SETTING, started with fork().

/** Longer than measuring the held calls takes: the process that holds them answers before. */
const HOLD_MS = 60_000;

/** Answers the questions of the bench. */
class MeasuredProcess {
  readonly #name: string;
  readonly #running: BenchProcess;
  readonly #latencies = new Latencies();
  #endProfile: (() => Promise<void>) | undefined;
  #held: Promise<unknown> = Promise.resolve();

  constructor(name: string, running: BenchProcess) {
    this.#name = name;
    this.#running = running;
  }

  async answer(question: Question): Promise<Answer> {
    switch (question.do) {
      case 'cpu':
        return { cpu: this.#cpuTime() };
      case 'measure':
        return { measured: await this.#measure(question.load) };
      case 'memory':
        return { memory: memoryUse() };
      case 'handled':
        return { handled: this.#handlers.handled };
      case 'hold':
        this.#held = holdCalls(this.#call, question.calls, question.bodyBytes);
        // The question `released` gets the error.
        this.#held.catch(() => {});
        return { done: true };
      case 'holding':
        await this.#handlers.holding(question.calls);
        return { done: true };
      case 'release':
        this.#handlers.release();
        return { done: true };
      case 'released':
        await this.#held;
        return { done: true };
      case 'profile':
        await this.#endProfile?.();
        this.#endProfile = question.file === undefined ? undefined : await startProfile(question.file);
        return { done: true };
      case 'stop':
        await this.#running.close();
        return { done: true };
    }
  }

  async #measure(load: Load): Promise<MeasuredByProcess> {
    const { program, packing } = this.#running;
    const read = () => ({ own: this.#cpuTime(), machine: busyCpuTime() });
    const before = read();
    const { figures, atEnd } = program?.measure
      ? { figures: await program.measure(load), atEnd: read() }
      : await this.#runLoop(load, read);
    const waits = packing?.take();
    return {
      figures: { ...figures, ...(waits && { packing: waits }) },
      cpu: cpuPerCall(before.own, atEnd.own, figures.calls),
      machineBusy: atEnd.machine - before.machine,
    };
  }

  #runLoop<T>(load: Load, atEnd: () => T): Promise<Measured<T>> {
    switch (load.kind) {
      case 'closed':
        return closedLoop(this.#call, load, this.#latencies, atEnd);
      case 'open':
        return openLoop(this.#call, load, this.#latencies, atEnd);
      case 'streams':
        return streamLoop(this.#need(this.#running.openStream, 'streams'), load, this.#latencies, atEnd);
    }
  }

  #cpuTime() {
    return this.#running.program?.cpu() ?? ownCpuTime();
  }

  get #call(): Call {
    return this.#need(this.#running.call, 'calls');
  }

  get #handlers() {
    return this.#need(this.#running.handlers, 'handlers');
  }

  #need<T>(part: T | undefined, name: string): T {
    if (part === undefined) throw new Error(`${this.#name} has no ${name}`);
    return part;
  }
}

/** Makes calls whose handlers wait. Resolves when all are answered. */
function holdCalls(call: Call, calls: number, bodyBytes: number): Promise<unknown> {
  const one = (number: number) =>
    new Promise<void>((resolve, reject) => {
      const body = new Body(number, bodyBytes);
      call(body.next(), HOLD_MS, (error, reply) => {
        const problem = error ?? body.wrong(reply);
        if (problem === null) resolve();
        else reject(problem);
      });
    });
  return Promise.all(Array.from({ length: calls }, (_, number) => one(number)));
}

/** Collects garbage first, so that only memory in use is measured. */
function memoryUse(): MemoryUse {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // A second collection, because finalizers of the first one may free more.
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

function tell(answer: Answer): void {
  process.send?.(answer);
}

function fail(error: unknown): void {
  tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

const [name = '', setting = ''] = process.argv.slice(2);
// However the bench ends, its processes end with it.
const orphaned = () => process.exit(1);
process.on('disconnect', orphaned);
// Ctrl-C in a terminal reaches every process; only the bench reacts to it.
process.on('SIGINT', () => {});
try {
  const start = await starters[name as ProcessName]();
  const running = await start(JSON.parse(setting) as Setting);
  const measured = new MeasuredProcess(name, running);
  process.on('message', (question: Question) => {
    measured
      .answer(question)
      .then((answer) => {
        tell(answer);
        if (question.do !== 'stop') return;
        // Nothing should keep the process alive now. If something does, the bench reports it.
        process.off('disconnect', orphaned);
        process.disconnect();
      })
      .catch(fail);
  });
  tell({ ready: true, address: running.address });
} catch (error) {
  fail(error);
}
