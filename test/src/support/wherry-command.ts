import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

const bin = fileURLToPath(new URL('../../../packages/cli/bin/wherry.js', import.meta.url));

/** Where a command runs. */
export interface Surroundings {
  readonly cwd?: string;
  /** Beside what this process has; without WHERRY_BROKERS, unless it is given here. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A `wherry` that runs. What it prints is gathered; a test that ends without it ends it. */
export class Wherry {
  readonly process: ChildProcess;
  readonly exit: Promise<number | NodeJS.Signals>;
  out = '';
  err = '';
  readonly #output = new EventEmitter();

  constructor(t: ExecutionContext, args: readonly string[], { cwd, env }: Surroundings = {}) {
    t.timeout(110_000);
    const { WHERRY_BROKERS: _, ...inherited } = process.env;
    this.process = spawn(process.execPath, [bin, ...args], {
      cwd,
      env: { ...inherited, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => this.#add('out', text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#add('err', text));
    // A command that does not read its input may be gone when it is written.
    this.process.stdin?.on('error', () => undefined);
    this.exit = once(this.process, 'close').then(([code, signal]) => code ?? signal);
    t.teardown(() => {
      this.process.kill('SIGKILL');
    });
  }

  #add(stream: 'out' | 'err', text: string): void {
    this[stream] += text;
    this.#output.emit('more');
  }

  /** Waits for output that matches, and gives the first group of it. */
  async line(stream: 'out' | 'err', pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match !== null) return match[1] ?? match[0];
      const ended = this.exit.then((code) => {
        if (!pattern.test(this[stream])) throw new Error(`wherry ended with ${code} without ${pattern}: ${this.err}`);
      });
      await Promise.race([once(this.#output, 'more'), ended]);
    }
  }
}

/** Runs `wherry` to its end. */
export async function run(t: ExecutionContext, args: readonly string[], input?: string, where?: Surroundings) {
  const wherry = new Wherry(t, args, where);
  if (input !== undefined) wherry.process.stdin?.end(input);
  const code = await wherry.exit;
  return { code, out: wherry.out, err: wherry.err };
}

/** The messages that were printed, a line each. */
export function messages(out: string): unknown[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
/** A command was refused: in one line, and with nothing on stdout. */
export function isRefused(
  t: ExecutionContext,
  ended: Awaited<ReturnType<typeof run>>,
  code: number,
  err: RegExp,
): void {
  t.regex(ended.err, /^error: [^\n]+\n$/);
  t.regex(ended.err, err);
  t.is(ended.out, '');
  t.is(ended.code, code);
}
