import { status as Status } from '@grpc/grpc-js';

/** A call that failed is made again, after a pause (gRFC A6). */
export interface RetryPolicy {
  readonly kind: 'retry';
  /** How often the call is made at most, the first time included. */
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly backoffMultiplier: number;
  /** The ends that lead to another attempt. */
  readonly codes: ReadonlySet<Status>;
  /** Whether an attempt that did not leave the caller counts too: nobody serves, or Kafka is out of reach. */
  readonly unsentToo: boolean;
}

/** A call is made several times at once, and the first answer counts (gRFC A6). */
export interface HedgingPolicy {
  readonly kind: 'hedging';
  readonly maxAttempts: number;
  /** The pause between one attempt and the next; 0: all at once. */
  readonly delayMs: number;
  /** The ends of an attempt that leave the others going. */
  readonly codes: ReadonlySet<Status>;
}

export type CallPolicy = RetryPolicy | HedgingPolicy;

/**
 * For methods whose `idempotency_level` says that they may be repeated: two more attempts when the worker was lost. A
 * call that nobody serves still fails at once.
 */
export const idempotentPolicy: RetryPolicy = {
  kind: 'retry',
  maxAttempts: 3,
  initialBackoffMs: 100,
  maxBackoffMs: 1000,
  backoffMultiplier: 2,
  codes: new Set([Status.UNAVAILABLE]),
  unsentToo: false,
};
