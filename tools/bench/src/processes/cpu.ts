import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';

/** Microseconds of CPU: `total`, and on Linux the parts that threads of this process took. */
export type CpuTime = Readonly<Partial<Record<(typeof cpuParts)[number], number>> & { total: number }>;

/**
 * `javascript` is the main thread. `librdkafka` are its threads, which speak to the broker. `other` are V8's threads, which
 * collect garbage and compile beside the main thread, and node-rdkafka's loops, which wait for records.
 */
export const cpuParts = ['total', 'javascript', 'librdkafka', 'other'] as const;

/** `/proc` counts in ticks of this many microseconds, whatever the kernel's own clock does. */
const TICK = 10_000;

/** The CPU time of this process since it started. */
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

/** The CPU time of another process; undefined if there is no `/proc` or no such process. */
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

/** The CPU time between two readings, per call. */
export function cpuPerCall(before: CpuTime, after: CpuTime, calls: number): CpuTime {
  const entries = Object.entries(after) as [keyof CpuTime, number][];
  const perCall = entries.map(([part, time]) => [part, (time - (before[part] ?? 0)) / calls] as const);
  return { total: 0, ...Object.fromEntries(perCall) };
}

/** Microseconds that all CPUs of this machine together have been busy since it started. */
export function busyCpuTime(): number {
  const busy = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return busy.reduce((sum, ms) => sum + ms, 0) * 1000;
}

const SAMPLING_INTERVAL_US = 500;

/**
 * Profiles the CPU of this process from now on. `--cpu-prof` would profile from the start, and mostly show modules being
 * loaded and code being compiled.
 *
 * @returns a function that ends the profile and writes it to `file`.
 */
export async function startProfile(file: string): Promise<() => Promise<void>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    await writeFile(file, JSON.stringify(profile));
  };
}

/** The parts of V8's format that are used here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** The node of each sample. */
  readonly samples: readonly number[];
  /** Microseconds between the samples. */
  readonly timeDeltas: readonly number[];
}

const SHOWN_FUNCTIONS = 25;
/** A sample of this name is waiting, not work. */
const IDLE = '(idle)';

/** Prints for each profile of a folder the functions in which JavaScript's thread spent most of its busy time. */
export async function printProfiles(dir: string): Promise<void> {
  for (const file of (await readdir(dir)).filter((name) => name.endsWith('.cpuprofile')).sort()) {
    const profile = JSON.parse(await readFile(join(dir, file), 'utf8')) as CpuProfile;
    console.log(`\n${basename(file, '.cpuprofile')}: share of busy time, in the function itself`);
    for (const { name, share } of selfTimes(profile).slice(0, SHOWN_FUNCTIONS)) {
      console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name}`);
    }
  }
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): { name: string; share: number }[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '';
    if (name === IDLE) return;
    const time = timeDeltas[index] ?? 0;
    busy += time;
    times.set(name, (times.get(name) ?? 0) + time);
  });
  return [...times].map(([name, time]) => ({ name, share: time / busy })).sort((a, b) => b.share - a.share);
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const place = url.replace(/^file:\/\//, '').replace(/^.*\/(?=(node_modules|packages|tools)\/)/, '');
  return `${name}  ${place}:${lineNumber + 1}`;
}
