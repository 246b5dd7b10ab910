import type { experimental } from '@grpc/grpc-js';
import type { KeptMessage } from './replay-buffer.js';

/**
 * How far the request of an attempt came: it did not leave, it left and is certainly in no topic, or a worker may have
 * it.
 */
export type Progress = 'unsent' | 'undeliverable' | 'sent';

/** One making of the call: a {@link ClientCall}. */
export interface AttemptCall extends experimental.CallStream {
  readonly progress: Progress;
  /** Its status is known, though perhaps not delivered. */
  readonly ended: boolean;
}

/** An attempt, as its {@link RetryingCall} knows it. */
export interface Attempt {
  readonly call: AttemptCall;
  /** How many attempts began before it. */
  readonly previous: number;
  /** How many messages of the request it took. */
  taken: number;
  headersDelivered: boolean;
}

/** Gives an attempt a message of the request; the first attempt to take it lets the writer go on. */
export function send(attempt: Attempt, { message, sent }: KeptMessage): void {
  const callback = (): void => {
    attempt.taken++;
    sent();
  };
  attempt.call.sendMessageWithContext({ callback }, message);
}
