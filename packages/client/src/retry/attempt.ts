import type { experimental } from '@grpc/grpc-js';
import type { KeptMessage } from './replay-buffer.js';

/**
 * How far the request of an attempt came: it did not leave (`unsent`), it left and is certainly in no topic (`undeliverable`), or a worker
 * may have it (`sent`).
 */
export type Progress = 'unsent' | 'undeliverable' | 'sent';

/** The call that one attempt makes: a {@link ClientCall}. */
export interface AttemptCall extends experimental.CallStream {
  readonly progress: Progress;
  /** The attempt's status is known, though perhaps not delivered. */
  readonly ended: boolean;
}

/** An attempt of a {@link RetryingCall}. */
export interface Attempt {
  readonly call: AttemptCall;
  /** How many attempts began before this one. */
  readonly previous: number;
  /** How many messages of the request the attempt has sent. */
  taken: number;
  headersDelivered: boolean;
}

/** Sends a message of the request in an attempt. The first attempt that has sent the message lets the writer continue. */
export function send(attempt: Attempt, { message, sent }: KeptMessage): void {
  const callback = (): void => {
    attempt.taken++;
    sent();
  };
  attempt.call.sendMessageWithContext({ callback }, message);
}
