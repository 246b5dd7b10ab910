import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Microseconds of CPU: `total`, and on Linux what threads of our own process took of it. */
export type CpuTime = Readonly<Partial<Record<(typeof cpuParts)[number], number>> & { total: number }>;

/**
 * `javascript` is the main thread; `librdkafka` its threads, which speak to the broker; `other` what V8 collects and
 * compiles beside the main thread, and node-rdkafka's loops that wait for records.
 */
export const cpuParts = ['total', 'javascript', 'librdkafka', 'other'] as const;

/** The kernel counts in ticks of this many microseconds for `/proc`, whatever its own clock does. */
const TICK = 10_000;

/** What this process has used since it started. */
export function ownCpuTime(): CpuTime {
  const { user, system } = process.cpuUsage();
  return { total: user + system, ...ownThreads() };
}

function ownThreads(): Partial<CpuTime> {
  try {
    const parts = { javascript: 0, librdkafka: 0, other: 0 };
    for (const thread of readdirSync('/proc/self/task')) {
      const { name, cpu } = readStat(`/proc/self/task/${thread}/stat`);
      const part = Number(thread) === process.pid ? 'javascript' : name.startsWith('rdk:') ? 'librdkafka' : 'other';
      parts[part] += cpu;
    }
    return parts;
  } catch {
    return {};
  }
}

/** What another process has used; undefined where there is no `/proc`, or no such process. */
export function cpuTimeOf(pid: number): CpuTime | undefined {
  try {
    return { total: readStat(`/proc/${pid}/stat`).cpu };
  } catch {
    return undefined;
  }
}

function readStat(file: string): { name: string; cpu: number } {
  const stat = readFileSync(file, 'utf8');
  // The second field, a name, may contain spaces and parentheses; utime and stime are the 14th and 15th.
  const nameEnd = stat.lastIndexOf(')');
  const fields = stat.slice(nameEnd + 2).split(' ');
  return { name: stat.slice(stat.indexOf('(') + 1, nameEnd), cpu: (Number(fields[11]) + Number(fields[12])) * TICK };
}

/** What was used between two readings, for each of `calls`. */
export function cpuPerCall(before: CpuTime, after: CpuTime, calls: number): CpuTime {
  const entries = Object.entries(after) as [keyof CpuTime, number][];
  const perCall = entries.map(([part, time]) => [part, (time - (before[part] ?? 0)) / calls] as const);
  return { total: 0, ...Object.fromEntries(perCall) };
}

/** Microseconds that all CPUs of this machine together were busy since it started. */
export function busyCpuTime(): number {
  const busy = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return busy.reduce((sum, ms) => sum + ms, 0) * 1000;
}
