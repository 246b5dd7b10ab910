import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How long a child may take to end when it is asked to. */
const PATIENCE_MS = 10_000;
/** How many of its last lines are kept. */
const KEPT_LINES = 12;

/** A program of a project that runs, with all that it has started: they are a process group of their own. */
export class Child {
  /** How it ended, in words: `exit code 1`. Settles when nothing of it is left. */
  readonly ended: Promise<string>;
  /** Whether it ended with exit code 0. */
  succeeded = false;
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];

  /** @param line called with each line that it prints. */
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

  /** The last lines that it printed. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Asks it to end; what has not after a while is killed. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.kill(), PATIENCE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it at once. Harmless when repeated. */
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
      // It is gone already.
    }
  }
}
