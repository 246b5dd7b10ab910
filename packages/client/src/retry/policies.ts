import { status as Status } from '@grpc/grpc-js';

/** A failed call is made again after a pause (gRFC A6). */
export interface RetryPolicy {
  readonly kind: 'retry';
  /** How often the call is made at most, including the first time. */
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly backoffMultiplier: number;
  /** The status codes that lead to another attempt. */
  readonly codes: ReadonlySet<Status>;
  /** Whether the call is also made again if the attempt did not leave the caller: nobody serves the service, or Kafka is out of reach. */
  readonly unsentToo: boolean;
}

/** A call is made several times at once, and takes the first answer (gRFC A6). */
export interface HedgingPolicy {
  readonly kind: 'hedging';
  readonly maxAttempts: number;
  /** The pause between one attempt and the next; 0: all at once. */
  readonly delayMs: number;
  /** The status codes of an attempt that let the other attempts continue. */
  readonly codes: ReadonlySet<Status>;
}

export type CallPolicy = RetryPolicy | HedgingPolicy;

/**
 * The policy of methods whose `idempotency_level` says that they may be repeated: two more attempts if the worker was lost. A call to a
 * service that nobody serves still fails at once.
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
