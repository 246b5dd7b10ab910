import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readReadyLine } from '../ready-line.js';

const program = fileURLToPath(new URL('../worker.js', import.meta.url));

/** A Route Guide worker in a process of its own. It leaves when this process ends, whatever that died of. */
export class WorkerProcess {
  /** Settles with the topic of its inbox once it takes calls; rejects when it ends before that. */
  readonly ready: Promise<string>;
  /** Settles, when the process is gone, with what it ended with. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  /** `onTrouble` is told what the process says on standard error while it runs. */
  constructor(
    readonly name: string,
    args: readonly string[],
    onTrouble: (line: string) => void,
  ) {
    this.#child = fork(program, args, {
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const exit = once(this.#child, 'exit');
    this.ended = exit.then(
      ([code, signal]) => (signal === null ? `exit code ${code}` : String(signal)),
      (error: Error) => error.message,
    );
    this.ready = this.#whenReady(onTrouble);
    // Whoever waits for it hears of it; where nobody does any more, it is no failure of this process.
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lets it finish its calls, and waits until it is gone. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended;
  }

  #whenReady(onTrouble: (line: string) => void): Promise<string> {
    const { stdout, stderr } = this.#child;
    return new Promise((resolve, reject) => {
      let ready = false;
      let lastWords = '';
      onLine(stdout, (line) => {
        const inbox = readReadyLine(line);
        if (inbox === undefined) return;
        ready = true;
        resolve(inbox);
      });
      onLine(stderr, (line) => {
        if (ready) onTrouble(line);
        else lastWords = line;
      });
      // Its streams are closed after its end, so that its last words have come.
      this.#child.once('close', () => {
        void this.ended.then((how) => reject(new Error(`${this.name} did not start: ${lastWords || how}`)));
      });
      this.#child.once('error', reject);
    });
  }
}

function onLine(stream: Readable | null, line: (line: string) => void): void {
  if (stream !== null) createInterface(stream).on('line', line);
}
