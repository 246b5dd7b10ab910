import type { Call } from '../closed-loop.js';

/** A process of a system while it runs. */
export interface BenchProcess {
  /** Where it can be called over HTTP/2. */
  readonly address?: string;
  /** Makes one call; callers alone have it. */
  readonly call?: Call;
  /** Must leave nothing that keeps the process alive. */
  close(): Promise<void>;
}
