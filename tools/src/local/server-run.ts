import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const START_LIMIT_MS = 120_000;
const KEPT_LINES = 40;

/** A server that did not start. The message ends with its last output. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';

  constructor(
    message: string,
    /** Whether another process holds one of the server's ports. If so, a start with other ports may succeed. */
    readonly portTaken: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface ServerCommand {
  /** The name in errors, such as `Kafka node 1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The working directory: a crashing server may write its report there. */
  readonly cwd: string;
  /** A part of the line that the server prints once it answers. */
  readonly readyText: string;
  /** What to install when the command is not on this machine. */
  readonly ifMissing: string;
  /** What to do about a start that failed, as far as its output shows. */
  advise?(output: string): string | undefined;
  /** Called with each line that the server prints, and with a line when it has ended. */
  readonly log: (line: string) => void;
}

/** One life of a server process, from spawn to exit. */
export interface ServerRun {
  readonly child: ChildProcess;
  /** Resolves when the server has printed that it is ready; rejects with a {@link ServerStartError}. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone and all it printed has been read. Never rejects. */
  readonly ended: Promise<void>;
}

export function launchServer(server: ServerCommand): ServerRun {
  const { name, command, log } = server;
  const lastWords: string[] = [];
  // It has its own process group. So Ctrl-C in a terminal reaches only our process, which then stops the servers in order.
  const child = spawn(command, server.args, {
    cwd: server.cwd,
    env: { ...process.env, ...server.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => {
      if (child.pid === undefined) resolve();
    });
  });

  const ready = new Promise<void>((resolve, reject) => {
    const fail = (problem: string, cause?: Error) => {
      clearTimeout(timer);
      const output = lastWords.join('\n');
      const portTaken = /address already in use/i.test(output);
      const advice = portTaken
        ? 'Another process listens on one of its ports: choose other ports.'
        : server.advise?.(output);
      const text = [`${name} ${problem}.`, advice, output].filter(Boolean).join('\n');
      reject(new ServerStartError(text, portTaken, { cause }));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not up within ${START_LIMIT_MS / 1000} s`);
    }, START_LIMIT_MS);
    const hear = (line: string) => {
      lastWords.push(line);
      if (lastWords.length > KEPT_LINES) lastWords.shift();
      log(line);
      if (!line.includes(server.readyText)) return;
      clearTimeout(timer);
      resolve();
    };
    createInterface({ input: child.stdout }).on('line', hear);
    createInterface({ input: child.stderr }).on('line', hear);
    child.once('close', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      log(`ended (${how})`);
      fail(`ended before it was up (${how})`);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') fail(`could not be started: there is no \`${command}\`. ${server.ifMissing}`, error);
      else fail(`could not be started: ${error.message}`, error);
    });
  });
  // A run may be ended on purpose before it is ready. Then nobody awaits this promise.
  ready.catch(() => {});
  return { child, ready, ended };
}
