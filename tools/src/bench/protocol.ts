import type { Figures, Load } from './closed-loop.js';
import type { CpuTime } from './cpu-time.js';

/** What the bench asks its processes, one question at a time. */
export type Question =
  | { readonly do: 'cpu' }
  | { readonly do: 'measure'; readonly load: Load }
  /** From now on; it is written to `file` with the next question of this kind, which needs none. */
  | { readonly do: 'profile'; readonly file?: string }
  | { readonly do: 'stop' };

/** What they answer; `ready` comes unasked, and `failed` in the place of any other. */
export type Answer =
  | { readonly ready: true; readonly address: string | undefined }
  /** Since the process's start. */
  | { readonly cpu: CpuTime }
  /** With what it cost this process. */
  | { readonly figures: Figures; readonly cpu: CpuTime }
  | { readonly done: true }
  | { readonly failed: string };
