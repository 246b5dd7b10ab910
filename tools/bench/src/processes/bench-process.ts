import type { Compression } from '@wherry/kafka';
import type { WorkerOptions } from '@wherry/worker';
import type { BenchHandlers } from '../bench-service.js';
import type { CpuTime } from '../cpu-time.js';
import type { Call, Figures, Load, OpenStream } from '../load/load.js';
import type { PackingWatch } from './packing-watch.js';

/** A process of a system while it runs. */
export interface BenchProcess {
  /** Where it can be called over HTTP/2, or whatever it speaks. */
  readonly address?: string;
  /** Makes one call; callers alone have it. */
  readonly call?: Call;
  readonly openStream?: OpenStream;
  /** Those who answer calls have it, where their handlers can wait. */
  readonly handlers?: BenchHandlers;
  /** What tells how long openings waited; asked after each measurement. */
  readonly packing?: PackingWatch;
  /** A program that is not Node's: it makes the calls by itself, and its CPU time is what counts. */
  readonly program?: {
    measure?(load: Load): Promise<Figures>;
    cpu(): CpuTime;
  };
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
  /** Of a worker, where it is not to have its defaults. */
  readonly worker?: Pick<WorkerOptions, 'concurrency' | 'acceptAfterMs'>;
  /** What the processes of the system that started before announced, if any did: where to call it over HTTP/2. */
  readonly address: string | undefined;
}
