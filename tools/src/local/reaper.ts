import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

// Each line read replaces the list of processes. End of file without a last, empty line means that the parent is gone.
const SCRIPT = `
trap '' HUP INT TERM
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -KILL $pids
[ -z "$1" ] || rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`;

/**
 * Watches over servers from another process. When this process ends in any way (also by SIGKILL, which no handler sees), the
 * reaper kills the servers and removes the temporary folder. It is a shell that waits on a pipe. Without `sh`, servers run but
 * may outlive this process.
 */
export class Reaper {
  readonly #child: ChildProcess;
  readonly #pipe: Socket;
  readonly #ended: Promise<void>;

  /** `folder` is removed at the end; pass undefined for one that is to stay. */
  constructor(folder: string | undefined) {
    // It has its own process group, because Ctrl-C in the terminal must not end it before its work is done.
    this.#child = spawn('sh', ['-c', SCRIPT, 'reaper', folder ?? ''], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => resolve()).once('error', () => resolve());
    });
    this.#child.unref();
    this.#pipe = this.#child.stdin as Socket;
    this.#pipe.on('error', () => {});
    this.#pipe.unref();
  }

  /** Tells which processes must not outlive this one. Replaces the list told before. */
  guard(pids: readonly number[]): void {
    this.#pipe.write(`${pids.join(' ')}\n`);
  }

  /** Ends the watch: nothing is killed, and the folder is removed if it is still there. Resolves when the shell is gone. */
  async dismiss(): Promise<void> {
    this.#child.ref();
    this.#pipe.end('\n');
    await this.#ended;
  }
}
