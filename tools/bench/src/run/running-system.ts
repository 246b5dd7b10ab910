import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Figures, type Load, type LoadShape, noWait } from '../load/load.js';
import type { BenchOptions } from '../options.js';
import { type SystemName, systemOf } from '../plan.js';
import { type CpuTime, cpuPerCall } from '../processes/cpu.js';
import type { Setting } from '../processes/protocol.js';
import type { Broker } from './broker.js';
import { Child } from './child.js';

/** One measured window. */
export interface Window extends Figures {
  /** Per call, by process; `broker` if the run has started it. */
  readonly cpu: Readonly<Record<string, CpuTime>>;
  /** How many CPUs were busy with something else, on average. */
  readonly elsewhere: number;
}

const FIRST_CALL_LIMIT_MS = 20_000;
const FIRST_CALL_PAUSE_MS = 200;
/** Bounds the memory for latencies. A measurement that makes so many calls ends early. */
const MAX_CALLS = 1_000_000;
const FIRST_CALL: LoadShape = { kind: 'closed', callers: 1, wait: noWait, bodyBytes: 8 };

/** Options that every system of a run has in common. */
export type SystemOptions = Pick<BenchOptions, 'compression'> & Pick<Setting, 'worker'>;

/** A system whose processes run and whose first call was answered. */
export class RunningSystem {
  readonly #broker: Broker;
  readonly #options: SystemOptions;
  readonly #children: Child[] = [];

  private constructor(
    readonly name: SystemName,
    broker: Broker,
    options: SystemOptions,
  ) {
    this.#broker = broker;
    this.#options = options;
  }

  static async start(name: SystemName, broker: Broker, options: SystemOptions): Promise<RunningSystem> {
    const running = new RunningSystem(name, broker, options);
    try {
      await running.#startAll();
      await running.#firstCall();
      return running;
    } catch (error) {
      await running.stop();
      throw new Error(`${systemOf(name).title}: ${(error as Error).message}`, { cause: error });
    }
  }

  async #startAll(): Promise<void> {
    const { bootstrapServers: brokers, embedded } = this.#broker;
    const namespace = `${this.#broker.namespace}-${this.name}`;
    let address: string | undefined;
    for (const process of systemOf(this.name).processes) {
      const child = await Child.start(process, { brokers, embedded, namespace, ...this.#options, address });
      this.#children.push(child);
      address = child.address;
    }
  }

  /** A worker is ready before its group has assigned partitions to it. Calls until then may fail. */
  async #firstCall(): Promise<void> {
    for (const giveUpAt = Date.now() + FIRST_CALL_LIMIT_MS; ; ) {
      try {
        await this.warmUp(FIRST_CALL, 1);
        return;
      } catch (error) {
        if (Date.now() > giveUpAt) throw error;
        await pause(FIRST_CALL_PAUSE_MS);
      }
    }
  }

  /** Calls without measuring. */
  async warmUp(load: LoadShape, durationMs: number): Promise<void> {
    await this.caller.measure(withLimits(load, durationMs));
  }

  async measure(load: LoadShape, durationMs: number): Promise<Window> {
    const before = await this.#cpuOfOthers();
    const { figures, cpu: ofCaller, machineBusy } = await this.caller.measure(withLimits(load, durationMs));
    const cpu: Record<string, CpuTime> = { caller: ofCaller };
    for (const [name, after] of await this.#cpuOfOthers()) {
      cpu[name] = cpuPerCall(before.get(name) ?? after, after, figures.calls);
    }
    const measured = Object.values(cpu).reduce((sum, { total }) => sum + total, 0) * figures.calls;
    return { ...figures, cpu, elsewhere: Math.max(0, machineBusy - measured) / (figures.seconds * 1e6) };
  }

  /** The CPU time of all processes but the caller, since they started. */
  async #cpuOfOthers(): Promise<Map<string, CpuTime>> {
    const others = this.#children.filter((child) => child !== this.caller);
    const used = await Promise.all(others.map(async (child) => [child.name, await child.cpu()] as const));
    const ofBroker = this.#broker.cpu();
    return new Map<string, CpuTime>(ofBroker === undefined ? used : [...used, ['broker', ofBroker]]);
  }

  /** Begins a CPU profile of each process, into files of `dir`. */
  async startProfiles(dir: string): Promise<void> {
    await Promise.all(this.#children.map((child) => child.profile(join(dir, `${this.name}-${child.name}.cpuprofile`))));
  }

  async endProfiles(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.profile()));
  }

  get caller(): Child {
    const caller = this.#children.at(-1);
    if (caller === undefined) throw new Error(`${this.name} has no processes`);
    return caller;
  }

  /** The process that answers calls, the first one. */
  get answerer(): Child {
    const [answerer] = this.#children;
    if (answerer === undefined) throw new Error(`${this.name} has no processes`);
    return answerer;
  }

  /** Stops its processes, the caller first. Names the processes that did not end by themselves. */
  async stop(): Promise<string[]> {
    const killed: string[] = [];
    for (const child of this.#children.splice(0).reverse()) {
      if (!(await child.stop())) killed.push(`${child.name} of ${this.name}`);
    }
    return killed;
  }
}

function withLimits(load: LoadShape, durationMs: number): Load {
  return { ...load, durationMs, maxCalls: MAX_CALLS };
}
