import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type CpuTime, cpuTimeOf } from '../cpu-time.js';
import type { Figures, Load } from '../load/load.js';
import type { BenchProcess } from '../processes/bench-process.js';

/** A peer that is not Node's. It speaks in lines: `ready`, `measure …` and `figures …`, as tools/bench/peers/c/two-hops.c tells. */
export class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start(command: string, args: readonly string[]): Promise<Program> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child, 'spawn');
    const program = new Program(child);
    const said = await program.#line();
    if (said !== 'ready') throw new Error(`${command} said ${said} and not that it is ready`);
    return program;
  }

  /** As a process of the bench. It makes its calls itself if it is asked to. */
  asProcess(): BenchProcess {
    const cpu = () => this.#cpu();
    return { program: { measure: (load) => this.#measure(load), cpu }, close: () => this.#close() };
  }

  async #measure(load: Load): Promise<Figures> {
    if (load.kind !== 'closed') throw new Error('it knows closed loops alone');
    this.#child.stdin.write(`measure ${load.callers} ${Math.round(load.durationMs)} ${load.bodyBytes}\n`);
    const said = await this.#line();
    const [word, ...numbers] = said.split(' ');
    const [calls = 0, seconds = 0, p50 = 0, p99 = 0, max = 0] = numbers.map(Number);
    if (word !== 'figures' || !(calls > 0)) throw new Error(`it said ${said} and not what it measured`);
    return { calls, seconds, p50, p99, max };
  }

  #cpu(): CpuTime {
    const cpu = this.#child.pid === undefined ? undefined : cpuTimeOf(this.#child.pid);
    if (cpu === undefined) throw new Error('its CPU time cannot be known: there is no /proc, or it has ended');
    return cpu;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('it ended before it answered');
    return value;
  }

  async #close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }
}
