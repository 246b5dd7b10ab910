import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load } from '../load/load.js';
import type { Handled } from '../processes/bench-service.js';
import type { CpuTime } from '../processes/cpu.js';
import type { Answer, MeasuredByProcess, MemoryUse, Question, Setting } from '../processes/protocol.js';
import type { ProcessName } from '../processes/starters.js';

const entry = fileURLToPath(new URL('../processes/process.js', import.meta.url));
const ANSWER_LIMIT_MS = 60_000;
const EXIT_LIMIT_MS = 5000;

/** The names of answers, and the answer of each name. */
type AnswerName = Answer extends infer One ? (One extends unknown ? keyof One : never) : never;
type AnswerOf<Name extends AnswerName> = Extract<Answer, { readonly [key in Name]: unknown }>;

/** A process of a system, seen from the bench. */
export class Child {
  /** Where it can be called, if it announced an address. */
  address: string | undefined;
  readonly #child: ChildProcess;

  private constructor(
    readonly name: ProcessName,
    child: ChildProcess,
  ) {
    this.#child = child;
  }

  /** Resolves when the process is ready. */
  static async start(name: ProcessName, setting: Setting): Promise<Child> {
    // Without the bench's own flags of node: the measured process runs as it would anywhere.
    const started = new Child(name, fork(entry, [name, JSON.stringify(setting)], { execArgv: [] }));
    try {
      started.address = (await started.#answer('ready', ANSWER_LIMIT_MS)).address;
      return started;
    } catch (error) {
      started.#child.kill('SIGKILL');
      throw error;
    }
  }

  /** Its CPU time since its start. */
  async cpu(): Promise<CpuTime> {
    return (await this.#ask({ do: 'cpu' }, 'cpu')).cpu;
  }

  /** Begins a CPU profile into `file`; without a file, ends it. */
  async profile(file?: string): Promise<void> {
    await this.#ask({ do: 'profile', ...(file && { file }) }, 'done');
  }

  /** Makes it call. */
  async measure(load: Load): Promise<MeasuredByProcess> {
    // The process has a limit of its own and reports its error better; this one is for a process that hangs.
    return (await this.#ask({ do: 'measure', load }, 'measured', load.durationMs + ANSWER_LIMIT_MS)).measured;
  }

  /** Its memory, after a garbage collection. */
  async memory(): Promise<MemoryUse> {
    return (await this.#ask({ do: 'memory' }, 'memory')).memory;
  }

  /** The work of its handlers since it started. */
  async handled(): Promise<Handled> {
    return (await this.#ask({ do: 'handled' }, 'handled')).handled;
  }

  /** Makes it do its part of holding calls: see {@link Question}. */
  async holds(question: Extract<Question, { do: 'hold' | 'holding' | 'release' | 'released' }>): Promise<void> {
    await this.#ask(question, 'done');
  }

  /** Resolves when the process has ended; false if it had to be killed. */
  async stop(): Promise<boolean> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return true;
    const ended = once(this.#child, 'exit');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_LIMIT_MS);
    try {
      await this.#ask({ do: 'stop' }, 'done', ANSWER_LIMIT_MS - EXIT_LIMIT_MS);
      setTimeout(() => this.#child.kill('SIGKILL'), EXIT_LIMIT_MS).unref();
    } catch {
      this.#child.kill('SIGKILL');
    }
    await ended;
    clearTimeout(timer);
    return this.#child.signalCode === null;
  }

  #ask<Name extends AnswerName>(question: Question, name: Name, limitMs = ANSWER_LIMIT_MS): Promise<AnswerOf<Name>> {
    const answer = this.#answer(name, limitMs);
    if (this.#child.connected) this.#child.send(question);
    return answer;
  }

  #answer<Name extends AnswerName>(name: Name, limitMs: number): Promise<AnswerOf<Name>> {
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
        if (!(name in answer)) return fail(`answered ${JSON.stringify(answer)} and not with \`${name}\``);
        settle();
        resolve(answer as AnswerOf<Name>);
      };
      const onExit = (code: number | null, signal: string | null) => fail(`ended: ${signal ?? `exit code ${code}`}`);
      const timer = setTimeout(() => fail(`did not answer within ${limitMs} ms`), limitMs);
      this.#child.on('message', onMessage).on('exit', onExit);
    });
  }
}
