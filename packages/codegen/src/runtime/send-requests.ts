import { status as Status } from '@grpc/grpc-js';
import type { Init } from './message-type.js';

/** The requests of a client, as any iterable. If the call ends first, `return` of the iterator is called. */
export type Requests<I> = Iterable<Init<I>> | AsyncIterable<Init<I>>;

/** The iterator of an iterable, async or not. */
export function iteratorOf<T>(values: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
}

/** Lets an iterator clean up. A generator that is waiting for something cleans up when it continues. */
export function leave(iterator: Iterator<unknown> | AsyncIterator<unknown>): void {
  try {
    // The call has ended, so nobody can handle an error from the clean-up.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  } catch {
    // The same holds for an error that `return` throws.
  }
}

/** The part of a call that the sender uses. */
interface SendingCall<I> {
  readonly ended: boolean;
  send(message: Init<I>, taken: () => void): void;
  halfClose(): void;
  cancel(code: Status, details: string, cause: unknown): void;
}

/** Sends each request when the channel has taken the one before. After the last request it half-closes the call. */
export class RequestSender<I> {
  readonly #iterator: Iterator<Init<I>> | AsyncIterator<Init<I>>;
  #finished = false;

  /** @throws TypeError if `requests` is not iterable. */
  constructor(requests: Requests<I>) {
    this.#iterator = iteratorOf(requests);
  }

  async send(call: SendingCall<I>): Promise<void> {
    try {
      for (;;) {
        const next = await this.#iterator.next();
        if (next.done) {
          this.#finished = true;
          call.halfClose();
          return;
        }
        if (call.ended) return;
        await new Promise<void>((taken) => call.send(next.value, taken));
        if (call.ended) return;
      }
    } catch (error) {
      this.#finished = true;
      call.cancel(Status.CANCELLED, `the requests failed: ${(error as Error).message}`, error);
    }
  }

  /** Stops sending, because the call has ended. */
  stop(): void {
    if (this.#finished) return;
    this.#finished = true;
    leave(this.#iterator);
  }
}
