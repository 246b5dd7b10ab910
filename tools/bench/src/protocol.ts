import type { Handled } from './bench-service.js';
import type { CpuTime } from './cpu-time.js';
import type { Figures, Load } from './load/load.js';
import type { MemoryUse } from './processes/held-calls.js';

/** What the bench asks its processes, one question at a time. */
export type Question =
  | { readonly do: 'cpu' }
  | { readonly do: 'measure'; readonly load: Load }
  /** From now on; it is written to `file` with the next question of this kind, which needs none. */
  | { readonly do: 'profile'; readonly file?: string }
  | { readonly do: 'memory' }
  /** What its handlers did since it started. */
  | { readonly do: 'handled' }
  /** A caller: makes so many calls that wait, and answers when they are made. */
  | { readonly do: 'hold'; readonly calls: number; readonly bodyBytes: number }
  /** Whoever has the handlers: answers when so many wait. */
  | { readonly do: 'holding'; readonly calls: number }
  /** Whoever has the handlers: answers them all. */
  | { readonly do: 'release' }
  /** The caller that held them: answers when all are answered. */
  | { readonly do: 'released' }
  | { readonly do: 'stop' };

/** What they answer; `ready` comes unasked, and `failed` in the place of any other. */
export type Answer =
  | { readonly ready: true; readonly address: string | undefined }
  /** Since the process's start. */
  | { readonly cpu: CpuTime }
  /** With what it cost this process. */
  | { readonly figures: Figures; readonly cpu: CpuTime }
  | { readonly memory: MemoryUse }
  | { readonly handled: Handled }
  | { readonly done: true }
  | { readonly failed: string };
