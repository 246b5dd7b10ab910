import { spawn } from 'node:child_process';

/** A command that could not be started, failed, or took too long. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    message: string,
    /** Everything the command printed, both streams. */
    readonly output: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface CommandOptions {
  /** Milliseconds after which the command is killed and the promise rejects. */
  readonly timeoutMs: number;
  /** The end of the error's message if the command is missing: it says what to install. */
  readonly ifMissing: string;
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command to its end and resolves with its standard output. The command is killed if this process exits first.
 *
 * @throws {CommandError} if the command is missing, its exit code is not 0, or it takes too long.
 */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    let timedOut = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });

    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, options.timeoutMs);
    process.once('exit', kill);
    const settle = (problem: string | undefined, cause?: Error) => {
      clearTimeout(timer);
      process.off('exit', kill);
      if (problem === undefined) resolve(stdout);
      else reject(new CommandError([`${command} ${problem}`, lastLines(output)].join('\n').trim(), output, { cause }));
    };

    child.once('error', (error: NodeJS.ErrnoException) => {
      settle(error.code === 'ENOENT' ? `is not installed. ${options.ifMissing}` : `failed: ${error.message}`, error);
    });
    child.once('close', (code, signal) => {
      if (timedOut) settle(`did not end within ${options.timeoutMs} ms`);
      else settle(code === 0 ? undefined : `failed (${signal ?? `exit code ${code}`})`);
    });
  });
}

/** The end of a log, short enough for an error's message. */
export function lastLines(output: string, count = 30): string {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}
