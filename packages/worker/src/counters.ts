import type { EndpointCounters } from '@wherry/endpoint';

/** What a worker met besides the calls it answered. Each only grows. */
export interface WorkerCounters extends EndpointCounters {
  /** Calls whose handler was begun. */
  startedCalls: number;
  /** Calls that had expired before they could begin. */
  expiredCalls: number;
  /** Calls that were cancelled before they could begin. */
  cancelledCalls: number;
}
