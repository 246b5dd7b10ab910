import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Reaper } from '@wherry/tools/local';
import { freePort } from '../support/ports.js';
import type { Health } from './health.js';
import type { Ledger } from './ledger.js';
import { LedgerReader } from './ledger-files.js';
import { type Exit, exitText, Member, type MemberPlan } from './member.js';
import type { CallerConfig, FromMember, ServerConfig, WorkerConfig } from './processes/messages.js';
import { wallClock, within } from './time.js';

export const workers = ['worker-1', 'worker-2', 'worker-3'] as const;
export const channelCallers = ['caller-1', 'caller-2'] as const;
export const gatewayCaller = 'gateway-caller';
export const callers = [...channelCallers, gatewayCaller] as const;
/** Those that answer calls from Kafka: a call can be answered while one of them is up. */
export const servers = [...workers, 'egress'] as const;
/** The processes whose handlers run. The egress has its own behind it. */
export const handlers = [...workers, 'egress-server'] as const;
/** A further worker, whose clock is wrong. It is there only during faults of the clock. */
const wrongWorker = 'worker-with-wrong-clock';
export type Slot =
  | (typeof servers)[number]
  | (typeof callers)[number]
  | 'gateway'
  | 'egress-server'
  | typeof wrongWorker;

const START_ATTEMPTS = 3;
/** How long draining may take: Wherry's own limit of 30 s, and up to 20 s more if Kafka does not answer. */
const DRAIN_LIMIT_MS = 55_000;
/** How long the last calls may take: a deadline, and the time after which a call counts as hung. */
const IDLE_LIMIT_MS = 50_000;
const MOVE_LIMIT_MS = 10_000;

const service = 'wherry.test.v1.Echo';
const wherryCommand = fileURLToPath(new URL('../../../packages/cli/bin/wherry.js', import.meta.url));
const wrongClock = new URL('./processes/wrong-clock.js', import.meta.url).href;
const script = (name: string): string => fileURLToPath(new URL(`./processes/${name}.js`, import.meta.url));

/** Where the processes run, and what watches them. */
export interface FleetOptions {
  readonly brokers: string;
  readonly namespace: string;
  /** The folder for ledgers and logs. */
  readonly folder: string;
  /** How many calls each caller has under way. */
  readonly inFlight: number;
  readonly health: Health;
  readonly ledger: Ledger;
  /** Called with each thing that must not happen to a process. */
  readonly onProblem: (problem: string) => void;
}

/** The processes of the campaign. Each slot has one process at a time; a process that ends by itself is replaced. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #reaper = new Reaper(undefined);
  readonly #slots = new Map<Slot, Member>();
  readonly #all: Member[] = [];
  /** The files of the processes that run, and of those whose last lines were not read yet. */
  readonly #ledgers = new Map<Member, LedgerReader>();
  readonly #waiting = new Map<string, () => void>();
  #gatewayPort = 0;
  #serverPort = 0;
  #closing = false;
  #dismissed = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** All processes that were ever started. */
  get all(): readonly Member[] {
    return this.#all;
  }

  get alive(): Member[] {
    return this.#all.filter(({ exit }) => exit === undefined);
  }

  /** The process that has a slot now. */
  member(slot: Slot): Member {
    const member = this.#slots.get(slot);
    if (member === undefined) throw new Error(`there is no ${slot}`);
    return member;
  }

  async startAll(): Promise<void> {
    this.#gatewayPort = await freePort();
    this.#serverPort = await freePort();
    await this.start('egress-server');
    await Promise.all([...servers, 'gateway' as const].map((slot) => this.start(slot)));
    await Promise.all(callers.map((slot) => this.start(slot)));
  }

  /** Kills all processes but the egress's server, and starts new ones. */
  async replaceAll(): Promise<void> {
    await Promise.all([...callers, 'gateway' as const, ...servers].map((slot) => this.kill(slot)));
    await Promise.all([...servers, 'gateway' as const].map((slot) => this.start(slot)));
    await Promise.all(callers.map((slot) => this.start(slot)));
  }

  /**
   * Starts a process, which has the slot once it is ready.
   *
   * @throws Error if it does not start, several times in a row.
   */
  async start(slot: Slot): Promise<Member> {
    for (let attempt = 1; ; attempt++) {
      const member = this.#spawn(slot);
      try {
        await member.ready();
        this.#slots.set(slot, member);
        return member;
      } catch (error) {
        if (attempt === START_ATTEMPTS || this.#closing) throw error;
        // A process that ended by itself was reported when it ended.
        if (member.asked === 'to die') this.#options.onProblem((error as Error).message);
      }
    }
  }

  /** Starts a worker whose clock is late (a negative number) or early. {@link end} ends it. */
  async startWithWrongClock(skewMs: number): Promise<Member> {
    const member = this.#spawn(wrongWorker, { CAMPAIGN_CLOCK_MS: String(skewMs) });
    await member.ready();
    return member;
  }

  async kill(slot: Slot): Promise<void> {
    const member = this.member(slot);
    if (member.exit === undefined) this.#options.ledger.gone(member.name, wallClock());
    await member.kill();
  }

  /** Starts a process in the slot of another one, which is told to finish its calls once the new one is ready. */
  async replaceInOrder(slot: Slot): Promise<void> {
    const old = this.member(slot);
    if (slot === 'gateway') this.#gatewayPort = await freePort();
    const { address } = await this.start(slot);
    if (slot === 'gateway' && address !== undefined) await this.#moveCaller(address);
    await this.end(old);
  }

  /**
   * Tells a process to finish its calls and to end. It must end with exit code 0, and must not give up calls: each of them has a deadline.
   */
  async end(member: Member): Promise<void> {
    const exit = await member.end(DRAIN_LIMIT_MS);
    if (exit === undefined) {
      this.#options.onProblem(`${member.name} did not end within ${DRAIN_LIMIT_MS / 1000} s of SIGTERM`);
    } else if (member.gaveUp !== undefined) {
      this.#options.onProblem(`${member.name} gave up calls: ${member.gaveUp}`);
    } else if (exit.code !== 0 && member.asked === 'to end') {
      this.#options.onProblem(`${member.name} drained and ended with ${exitText(exit)}: ${member.lastWords}`);
    }
  }

  /** Gives the ledger the lines that have come since the last time. */
  readLedgers(): void {
    for (const [member, reader] of this.#ledgers) {
      const ended = member.exit !== undefined;
      for (const entry of reader.read()) this.#options.ledger.add(member.name, entry);
      if (ended) this.#ledgers.delete(member);
    }
  }

  /** Lets the callers finish their calls, then ends every process. All of them are gone when it resolves. */
  async close(): Promise<void> {
    this.#closing = true;
    const calling = callers.flatMap((slot) => this.#slots.get(slot) ?? []).filter(({ exit }) => exit === undefined);
    await Promise.all(calling.map((caller) => this.#untilIdle(caller)));
    for (const slots of [callers, ['gateway'], servers, ['egress-server']] as const)
      await Promise.all(slots.flatMap((slot) => this.#slots.get(slot) ?? []).map((member) => this.end(member)));
    await this.killAll();
  }

  /** Kills whatever still runs, and ends the watch over the processes. */
  async killAll(): Promise<void> {
    this.#closing = true;
    await Promise.all(
      this.alive.map((member) => {
        this.#options.ledger.gone(member.name, wallClock());
        return member.kill();
      }),
    );
    if (!this.#dismissed) await this.#reaper.dismiss();
    this.#dismissed = true;
  }

  async #untilIdle(caller: Member): Promise<void> {
    const idle = this.#said(caller, 'idle');
    caller.tell({ what: 'stop' });
    if (
      (await within(
        Promise.race([idle, caller.exited]).then(() => true),
        IDLE_LIMIT_MS,
      )) === undefined
    )
      this.#options.onProblem(`${caller.name} had calls under way ${IDLE_LIMIT_MS / 1000} s after its last one began`);
  }

  async #moveCaller(gateway: string): Promise<void> {
    const caller = this.member(gatewayCaller);
    const moved = this.#said(caller, 'moved');
    caller.tell({ what: 'move', gateway });
    if (
      (await within(
        moved.then(() => true),
        MOVE_LIMIT_MS,
      )) === undefined
    )
      this.#options.onProblem(`${caller.name} did not move to the new gateway within ${MOVE_LIMIT_MS / 1000} s`);
  }

  #said(member: Member, what: FromMember['what']): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(`${member.name} ${what}`, resolve));
  }

  #onSaid(member: Member, message: FromMember): void {
    const { health } = this.#options;
    if (message.what === 'called') health.called(member.slot, message.begunAt, message.ok);
    else if (message.what === 'served') health.served(member.slot, message.at);
    this.#waiting.get(`${member.name} ${message.what}`)?.();
  }

  #spawn(slot: Slot, env: Readonly<Record<string, string>> = {}): Member {
    const name = `${slot}.${this.#all.filter((member) => member.slot === slot).length + 1}`;
    const path = join(this.#options.folder, name);
    const member = new Member({ ...this.#planOf(slot, `${path}.ledger`), env }, name, `${path}.log`, {
      said: (from, message) => this.#onSaid(from, message),
      endedByItself: (which, exit) => this.#endedByItself(which, exit),
    });
    this.#all.push(member);
    this.#ledgers.set(member, new LedgerReader(`${path}.ledger`));
    this.#guard();
    void member.exited.then(() => this.#guard());
    return member;
  }

  #guard(): void {
    this.#reaper.guard(this.alive.map(({ pid }) => pid));
  }

  #endedByItself(member: Member, exit: Exit): void {
    const { ledger, onProblem } = this.#options;
    ledger.gone(member.name, exit.at);
    onProblem(`${member.name} ended by itself (${exitText(exit)}): ${member.lastWords}`);
    const slot = member.slot as Slot;
    if (this.#closing || this.#slots.get(slot) !== member) return;
    this.start(slot).catch((error: unknown) => onProblem(`${slot} could not be replaced: ${error}`));
  }

  #planOf(slot: Slot, ledger: string): MemberPlan {
    const { brokers, namespace, inFlight } = this.#options;
    const kafka = ['--brokers', brokers, '--namespace', namespace];
    const run = (name: string, config: CallerConfig | WorkerConfig | ServerConfig): MemberPlan => ({
      slot,
      args: [script(name), JSON.stringify(config)],
    });
    switch (slot) {
      case 'gateway':
        return {
          slot,
          args: [wherryCommand, 'gateway', ...kafka, '--listen', `127.0.0.1:${this.#gatewayPort}`],
          readyLine: /^gateway listens on (\S+)/,
        };
      case 'egress':
        return {
          slot,
          args: [wherryCommand, 'egress', ...kafka, '--target', `127.0.0.1:${this.#serverPort}`, '--service', service],
          readyLine: /^egress carries /,
        };
      case 'egress-server':
        return run('server', { ledger, port: this.#serverPort });
      case gatewayCaller:
        return run('caller', { ledger, inFlight, target: { gateway: `127.0.0.1:${this.#gatewayPort}` } });
      case 'caller-1':
      case 'caller-2':
        return run('caller', { ledger, inFlight, target: { brokers, namespace } });
      case wrongWorker: {
        const { args } = run('worker', { ledger, brokers, namespace });
        return { slot, args: ['--import', wrongClock, ...args] };
      }
      default:
        return run('worker', { ledger, brokers, namespace });
    }
  }
}
