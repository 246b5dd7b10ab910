import type { EndpointCounters } from '@wherry/endpoint';

/** Counts the calls that a worker started or skipped, and the records that it could not use. Each count only grows. */
export interface WorkerCounters extends EndpointCounters {
  /** Calls whose handler began, and calls to methods that the worker does not know. */
  startedCalls: number;
  /** Calls whose deadline passed before their handler began. */
  expiredCalls: number;
  /** Calls that were cancelled before their handler began. */
  cancelledCalls: number;
}
