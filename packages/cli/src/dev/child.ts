import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How long a child may take to end after SIGTERM. */
const PATIENCE_MS = 10_000;
/** How many of its last lines a child keeps. */
const KEPT_LINES = 12;

/** A running program of a project. It and all programs that it starts form a separate process group. */
export class Child {
  /** How it ended, in words: `exit code 1`. Settles when the program has ended and its output is read. */
  readonly ended: Promise<string>;
  /** Whether it ended with exit code 0. */
  succeeded = false;
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];

  /** @param line called with each line that the program prints. */
  constructor(
    command: readonly string[],
    folder: string,
    env: Readonly<Record<string, string>>,
    line: (text: string) => void,
  ) {
    const [program = '', ...args] = command;
    this.#process = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const said = (text: string): void => {
      this.#lines.push(text);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      line(text);
    };
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', said);
    }
    this.ended = this.#end(said);
  }

  /** The last lines that the program printed. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Asks the program to end, and kills it if it has not ended after 10 s. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.kill(), PATIENCE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** Kills the program. Harmless when repeated. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  async #end(said: (text: string) => void): Promise<string> {
    try {
      const [code, signal] = (await once(this.#process, 'close')) as [number | null, NodeJS.Signals | null];
      this.succeeded = code === 0;
      return code === null ? `signal ${signal}` : `exit code ${code}`;
    } catch (error) {
      said((error as Error).message);
      return 'an error';
    }
  }

  #signal(name: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // The program has already ended.
    }
  }
}
