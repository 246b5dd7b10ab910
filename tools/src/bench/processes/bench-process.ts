import type { Compression } from '@wherry/kafka';
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

/** What a process is told at its start. */
export interface Setting {
  readonly brokers: string;
  /** Whether `brokers` is an embedded broker. */
  readonly embedded: boolean;
  /** How the names of all topics begin, different for each system. */
  readonly namespace: string;
  readonly compression: Compression;
  /** What the processes of the system that started before announced, if any did: where to call it over HTTP/2. */
  readonly address: string | undefined;
}
