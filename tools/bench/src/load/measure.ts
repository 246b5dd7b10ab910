import type { BenchProcess } from '../processes/bench-process.js';
import { closedLoop } from './closed-loop.js';
import type { Figures, Load } from './load.js';
import { openLoop } from './open-loop.js';
import { streamLoop } from './stream-loop.js';

/** Lets a process make its calls. `cpuTime` is asked when the last answer has come. */
export function measure<T>(
  { call, openStream }: BenchProcess,
  load: Load,
  cpuTime: () => T,
): Promise<{ figures: Figures; cpu: T }> {
  if (load.kind === 'streams') {
    if (openStream === undefined) throw new Error('it has no streams');
    return streamLoop(openStream, load, cpuTime);
  }
  if (call === undefined) throw new Error('it makes no calls');
  return load.kind === 'open' ? openLoop(call, load, cpuTime) : closedLoop(call, load, cpuTime);
}
