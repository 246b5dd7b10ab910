import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Handled } from './bench-service.js';
import type { CpuTime } from './cpu-time.js';
import type { Figures, Load } from './load/load.js';
import type { Setting } from './processes/bench-process.js';
import type { MemoryUse } from './processes/held-calls.js';
import type { ProcessName } from './processes/names.js';
import type { Answer, Question } from './protocol.js';

const entry = fileURLToPath(new URL('./processes/main.js', import.meta.url));
const START_LIMIT_MS = 60_000;
const EXIT_LIMIT_MS = 5000;

/** A process of a system, seen from the bench. */
export class Child {
  /** Where it can be called, if it announced that. */
  address: string | undefined;
  readonly #child: ChildProcess;

  private constructor(
    readonly name: ProcessName,
    child: ChildProcess,
  ) {
    this.#child = child;
  }

  /** Resolves when it is ready. */
  static async start(name: ProcessName, setting: Setting): Promise<Child> {
    // Without the bench's own flags of node: what is measured runs as anybody runs it.
    const started = new Child(name, fork(entry, [name, JSON.stringify(setting)], { execArgv: [] }));
    try {
      const answer = await started.#answer(START_LIMIT_MS);
      if (!('ready' in answer)) throw new Error(`${name} said ${JSON.stringify(answer)} and not that it is ready`);
      started.address = answer.address;
      return started;
    } catch (error) {
      started.#child.kill('SIGKILL');
      throw error;
    }
  }

  /** What it has used since its start. */
  async cpu(): Promise<CpuTime> {
    const answer = await this.#ask({ do: 'cpu' }, START_LIMIT_MS);
    if (!('cpu' in answer)) throw new Error(`${this.name} said ${JSON.stringify(answer)} and not what it has used`);
    return answer.cpu;
  }

  /** Begins a CPU profile into `file`; without one, ends it. */
  async profile(file?: string): Promise<void> {
    await this.#ask({ do: 'profile', ...(file && { file }) }, START_LIMIT_MS);
  }

  /** Lets it make calls. The CPU time is that of a call. */
  async measure(load: Load): Promise<{ figures: Figures; cpu: CpuTime }> {
    // It has a limit of its own and a better word for what is wrong; this one is for a process that hangs.
    const answer = await this.#ask({ do: 'measure', load }, load.durationMs + START_LIMIT_MS);
    if (!('figures' in answer)) throw new Error(`${this.name} said ${JSON.stringify(answer)} and not what it measured`);
    return answer;
  }

  /** What it has of the machine's memory, garbage collected. */
  async memory(): Promise<MemoryUse> {
    const answer = await this.#ask({ do: 'memory' }, START_LIMIT_MS);
    if (!('memory' in answer)) throw new Error(`${this.name} said ${JSON.stringify(answer)} and not what it holds`);
    return answer.memory;
  }

  /** What its handlers did since it started. */
  async handled(): Promise<Handled> {
    const answer = await this.#ask({ do: 'handled' }, START_LIMIT_MS);
    if (!('handled' in answer)) throw new Error(`${this.name} said ${JSON.stringify(answer)} and not what it did`);
    return answer.handled;
  }

  /** Has it do its part of holding calls: see {@link Question}. */
  async holds(question: Extract<Question, { do: 'hold' | 'holding' | 'release' | 'released' }>): Promise<void> {
    await this.#ask(question, START_LIMIT_MS);
  }

  /** Resolves when the process has ended; false where it had to be killed. */
  async stop(): Promise<boolean> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return true;
    const ended = once(this.#child, 'exit');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), START_LIMIT_MS);
    try {
      await this.#ask({ do: 'stop' }, START_LIMIT_MS - EXIT_LIMIT_MS);
      setTimeout(() => this.#child.kill('SIGKILL'), EXIT_LIMIT_MS).unref();
    } catch {
      this.#child.kill('SIGKILL');
    }
    await ended;
    clearTimeout(timer);
    return this.#child.signalCode === null;
  }

  #ask(question: Question, limitMs: number): Promise<Answer> {
    const answer = this.#answer(limitMs);
    if (this.#child.connected) this.#child.send(question);
    return answer;
  }

  #answer(limitMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#child.off('message', onMessage).off('exit', onExit);
      };
      const fail = (problem: string) => {
        settle();
        reject(new Error(`${this.name} ${problem}`));
      };
      const onMessage = (answer: Answer) => {
        if ('failed' in answer) return fail(`failed: ${answer.failed}`);
        settle();
        resolve(answer);
      };
      const onExit = (code: number | null, signal: string | null) => fail(`ended: ${signal ?? `exit code ${code}`}`);
      const timer = setTimeout(() => fail(`did not answer within ${limitMs} ms`), limitMs);
      this.#child.on('message', onMessage).on('exit', onExit);
    });
  }
}
