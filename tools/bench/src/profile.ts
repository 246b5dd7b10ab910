import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** What we need of V8's format. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** The node that each sample met. */
  readonly samples: readonly number[];
  /** Microseconds between the samples. */
  readonly timeDeltas: readonly number[];
}

const SHOWN = 25;
/** Waiting, not work. */
const IDLE = '(idle)';

/** For each profile of a folder, the functions in which JavaScript's thread spent most of the time it was busy. */
export async function printProfiles(dir: string): Promise<void> {
  for (const file of (await readdir(dir)).filter((name) => name.endsWith('.cpuprofile')).sort()) {
    const profile = JSON.parse(await readFile(join(dir, file), 'utf8')) as CpuProfile;
    console.log(`\n${basename(file, '.cpuprofile')}: share of busy time, in the function itself`);
    for (const { name, share } of selfTimes(profile).slice(0, SHOWN)) {
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
