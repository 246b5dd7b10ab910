import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { isShareLine, readReadyLine } from '../worker-lines.js';

const program = fileURLToPath(new URL('../worker.js', import.meta.url));

/** A Route Guide worker in a process of its own. It leaves when this process ends, for whatever reason. */
export class WorkerProcess {
  /** Settles with the topic of its inbox when it accepts calls; rejects if it ends before that. */
  readonly ready: Promise<string>;
  /** Settles when the group has given it partitions. */
  readonly share: Promise<void>;
  /** Settles, when the process is gone, with its exit code or signal in words. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  /** @param onTrouble gets each line that the process prints on standard error while it runs. */
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
    let gotShare: () => void = () => undefined;
    this.share = new Promise((resolve) => {
      gotShare = resolve;
    });
    this.ready = this.#whenReady(gotShare, onTrouble);
    // If nobody waits for it any more, its rejection is no failure of this process.
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lets the process finish its calls, and waits until it is gone. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended;
  }

  #whenReady(gotShare: () => void, onTrouble: (line: string) => void): Promise<string> {
    const { stdout, stderr } = this.#child;
    return new Promise((resolve, reject) => {
      let ready = false;
      let lastWords = '';
      onLine(stdout, (line) => {
        if (isShareLine(line)) gotShare();
        const inbox = readReadyLine(line);
        if (inbox === undefined) return;
        ready = true;
        resolve(inbox);
      });
      onLine(stderr, (line) => {
        if (ready) onTrouble(line);
        else lastWords = line;
      });
      // When its streams are closed, all that it printed has been read.
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
