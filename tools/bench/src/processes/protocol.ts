import type { Compression } from '@wherry/kafka';
import type { WorkerOptions } from '@wherry/worker';
import type { Call, Figures, Load, OpenStream } from '../load/load.js';
import type { BenchHandlers, Handled } from './bench-service.js';
import type { CpuTime } from './cpu.js';
import type { PackingWatch } from './instrumentation.js';

/** The settings that a process gets at its start. */
export interface Setting {
  readonly brokers: string;
  /** Whether `brokers` is an embedded broker. */
  readonly embedded: boolean;
  /** The prefix of all topics' names, different for each system. */
  readonly namespace: string;
  readonly compression: Compression;
  /** Of a worker that does not run with its defaults. */
  readonly worker?: Pick<WorkerOptions, 'concurrency' | 'acceptAfterMs'>;
  /** The address that the process of this system which started before announced, if it did: HTTP/2's, or the peer's own. */
  readonly address: string | undefined;
}

/** A process of a system while it runs. */
export interface BenchProcess {
  /** Where it can be called over HTTP/2, or over a peer's own protocol. */
  readonly address?: string;
  /** Makes one call; only callers have it. */
  readonly call?: Call;
  readonly openStream?: OpenStream;
  /** Of a process that answers calls, if its handlers can wait. */
  readonly handlers?: BenchHandlers;
  /** Tells how long openings waited; asked after each measurement. */
  readonly packing?: PackingWatch;
  /** A program that does not run in Node: it makes the calls itself, and its CPU time counts. */
  readonly program?: {
    measure?(load: Load): Promise<Figures>;
    cpu(): CpuTime;
  };
  /** Must leave nothing that keeps the process alive. */
  close(): Promise<void>;
}

/** Bytes. */
export interface MemoryUse {
  /** V8's heap and the buffers outside of it, after a garbage collection. */
  readonly heap: number;
  /** The resident memory of the whole process, client libraries included. */
  readonly rss: number;
}

/** A question of the bench to a process, one at a time. */
export type Question =
  /** The CPU time it has used since its start. */
  | { readonly do: 'cpu' }
  | { readonly do: 'measure'; readonly load: Load }
  /** Begins a CPU profile into `file`; without a file, ends the profile that runs. */
  | { readonly do: 'profile'; readonly file?: string }
  | { readonly do: 'memory' }
  /** The work of its handlers since it started. */
  | { readonly do: 'handled' }
  /** A caller: makes so many calls whose handlers wait, and answers when they are made. */
  | { readonly do: 'hold'; readonly calls: number; readonly bodyBytes: number }
  /** The process with the handlers: answers when so many calls wait. */
  | { readonly do: 'holding'; readonly calls: number }
  /** The process with the handlers: answers all calls that wait. */
  | { readonly do: 'release' }
  /** The caller of the held calls: answers when all of them are answered. */
  | { readonly do: 'released' }
  | { readonly do: 'stop' };

/** The results of a measurement. */
export interface MeasuredByProcess {
  readonly figures: Figures;
  /** The CPU time of this process, per call. */
  readonly cpu: CpuTime;
  /** Microseconds that all CPUs of the machine together were busy meanwhile. */
  readonly machineBusy: number;
}

/** The answer of a process. It sends `ready` unasked, and `failed` in place of any other answer. */
export type Answer =
  | { readonly ready: true; readonly address: string | undefined }
  | { readonly cpu: CpuTime }
  | { readonly measured: MeasuredByProcess }
  | { readonly memory: MemoryUse }
  | { readonly handled: Handled }
  | { readonly done: true }
  | { readonly failed: string };
