import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { FromMember, ToMember } from './processes/messages.js';
import { wallClock, within } from './time.js';

/** How long a process may take to start. */
const START_LIMIT_MS = 60_000;
/** How many characters of a process's log a problem shows. */
const LAST_WORDS = 600;

/** How to start a process. */
export interface MemberPlan {
  /** The place that it takes. One that replaces it has the same slot and another name. */
  readonly slot: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** For a command, which has no IPC: the line on stdout that says that it is ready, with its address as the first group if it has one. */
  readonly readyLine?: RegExp;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly at: number;
}

export interface MemberListener {
  said(member: Member, message: FromMember): void;
  /** The process ended although nobody had asked it to. */
  endedByItself(member: Member, exit: Exit): void;
}

/** A process of the campaign: one life of it. It has a process group of its own, so Ctrl-C in the terminal does not reach it. */
export class Member {
  readonly slot: string;
  readonly name: string;
  readonly pid: number;
  readonly startedAt = wallClock();
  /** All inboxes that it has had, the newest last. The commands do not tell theirs. */
  readonly inboxes: string[] = [];
  readonly exited: Promise<Exit>;
  /** What it was last asked for. A process that was asked for nothing must not end. */
  asked: 'nothing' | 'to end' | 'to die' = 'nothing';
  /** The address at which it listens. */
  address: string | undefined;
  exit: Exit | undefined;
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #ready: Promise<void>;

  /** @throws Error if the system cannot start a process. */
  constructor(plan: MemberPlan, name: string, log: string, listener: MemberListener) {
    this.slot = plan.slot;
    this.name = name;
    this.#log = log;
    const output = openSync(log, 'a');
    this.#child = spawn(process.execPath, ['--enable-source-maps', ...plan.args], {
      detached: true,
      env: { ...process.env, ...plan.env },
      stdio: plan.readyLine === undefined ? ['ignore', output, output, 'ipc'] : ['ignore', 'pipe', output],
    });
    closeSync(output);
    // A process that cannot be started or told something shows by its end, or by its silence.
    this.#child.on('error', () => undefined);
    if (this.#child.pid === undefined) throw new Error(`${name} could not be started`);
    this.pid = this.#child.pid;
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.exit = { code, signal, at: wallClock() };
        if (this.asked === 'nothing') listener.endedByItself(this, this.exit);
        resolve(this.exit);
      });
    });
    this.#ready = this.#untilReady(plan.readyLine);
    this.#child.on('message', (message: FromMember) => {
      if (message.what === 'inbox') this.inboxes.push(message.topic);
      listener.said(this, message);
    });
  }

  /** The inbox that it reads, as far as it has told. */
  get inbox(): string | undefined {
    return this.inboxes.at(-1);
  }

  /** @throws Error if the process ends before it is ready, or is not ready in time; it is killed then. */
  async ready(): Promise<void> {
    const ended = this.exited.then((exit) => {
      throw new Error(`${this.name} ended (${exitText(exit)}) before it was ready: ${this.lastWords}`);
    });
    ended.catch(() => undefined);
    const ready = await within(Promise.race([this.#ready.then(() => true), ended]), START_LIMIT_MS);
    if (ready) return;
    await this.kill();
    throw new Error(`${this.name} was not ready after ${START_LIMIT_MS / 1000} s: ${this.lastWords}`);
  }

  /** The end of what it has printed. */
  get lastWords(): string {
    const text = readFileSync(this.#log, 'utf8').trim().replaceAll(/\s+/g, ' ');
    return text === '' ? 'it printed nothing' : text.slice(-LAST_WORDS);
  }

  /** The line with which Wherry says that a drain gave up calls; undefined if it has said nothing like it. */
  get gaveUp(): string | undefined {
    return /\d+ calls? ha(?:s|ve) not ended \d+ ms after drain\(\) began/.exec(readFileSync(this.#log, 'utf8'))?.[0];
  }

  tell(message: ToMember): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** SIGKILL: it is gone at once and closes nothing. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.asked = 'to die';
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** SIGSTOP: it is held up, like a program in a paused machine, until {@link resume}. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** SIGTERM: it finishes what it does, and ends. Resolves with its end; with undefined if that takes too long, and kills it then. */
  async end(limitMs: number): Promise<Exit | undefined> {
    if (this.exit === undefined) this.asked = 'to end';
    this.#child.kill('SIGTERM');
    const exit = await within(this.exited, limitMs);
    if (exit === undefined) await this.kill();
    return exit;
  }

  #untilReady(readyLine: RegExp | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (readyLine === undefined || this.#child.stdout === null) {
        this.#child.on('message', (message: FromMember) => {
          if (message.what !== 'ready') return;
          this.address = message.address;
          resolve();
        });
        return;
      }
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        const match = readyLine.exec(line);
        if (match === null) return;
        this.address = match[1];
        resolve();
      });
    });
  }
}

export function exitText({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`;
}
