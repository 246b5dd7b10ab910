import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { wallClock } from './time.js';

const SAMPLE_MS = 5000;
const FIRST_SAMPLE_AGE_MS = 60_000;

/** A process that is looked at. */
export interface SampledProcess {
  readonly slot: string;
  readonly name: string;
  readonly pid: number;
  readonly startedAt: number;
}

export interface Sample {
  /** The memory that the process holds, in bytes. */
  readonly residentBytes: number;
  /** How many files, sockets and pipes are open. */
  readonly openFiles: number;
  readonly threads: number;
}

/** What a process used when it was a minute old, and when it was last looked at. */
export interface ProcessUse {
  readonly slot: string;
  readonly name: string;
  readonly ageMs: number;
  readonly first: Sample | undefined;
  readonly last: Sample;
}

/** Looks at the memory, the open files and the threads of processes. On a system without `/proc` it sees nothing. */
export class Samples {
  readonly #uses = new Map<number, ProcessUse>();
  readonly #timer: NodeJS.Timeout;

  /** @param processes gives the processes that run now. */
  constructor(processes: () => readonly SampledProcess[]) {
    this.#timer = setInterval(() => this.#take(processes()), SAMPLE_MS);
  }

  /** Ends the sampling. Returns the process of each slot that lived longest. */
  stop(): ProcessUse[] {
    clearInterval(this.#timer);
    const longest = new Map<string, ProcessUse>();
    for (const use of this.#uses.values())
      if (use.ageMs >= (longest.get(use.slot)?.ageMs ?? 0)) longest.set(use.slot, use);
    return [...longest.values()].sort((a, b) => a.slot.localeCompare(b.slot));
  }

  #take(processes: readonly SampledProcess[]): void {
    for (const { slot, name, pid, startedAt } of processes) {
      const last = sampleOf(pid);
      if (last === undefined) continue;
      const ageMs = wallClock() - startedAt;
      const first = this.#uses.get(pid)?.first ?? (ageMs >= FIRST_SAMPLE_AGE_MS ? last : undefined);
      this.#uses.set(pid, { slot, name, ageMs, first, last });
    }
  }
}

/** Undefined if the process ends while it is looked at. */
function sampleOf(pid: number): Sample | undefined {
  const folder = `/proc/${pid}`;
  if (!existsSync(folder)) return undefined;
  try {
    const status = readFileSync(`${folder}/status`, 'utf8');
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    const [, threads] = /^Threads:\s+(\d+)$/m.exec(status) ?? [];
    if (kilobytes === undefined || threads === undefined) return undefined;
    const openFiles = readdirSync(`${folder}/fd`).length;
    return { residentBytes: Number(kilobytes) * 1024, openFiles, threads: Number(threads) };
  } catch {
    return undefined;
  }
}
