import { status as Status } from '@grpc/grpc-js';
import type { Init } from './message-type.js';

/** What a client sends: anything that can be iterated. It is left early where the call ends first. */
export type Requests<I> = Iterable<Init<I>> | AsyncIterable<Init<I>>;

/** An iterator of either kind. */
export function iteratorOf<T>(values: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
}

/** Lets an iterator clean up. A generator that waits for something does so when it goes on. */
export function leave(iterator: Iterator<unknown> | AsyncIterator<unknown>): void {
  try {
    // What it throws now is nobody's.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  } catch {
    // Neither is this.
  }
}

/** What the sender does with its call. */
interface SendingCall<I> {
  readonly ended: boolean;
  send(message: Init<I>, taken: () => void): void;
  halfClose(): void;
  cancel(code: Status, details: string, cause: unknown): void;
}

/** Sends each request when the channel has taken the one before, then ends the request. */
export class RequestSender<I> {
  readonly #iterator: Iterator<Init<I>> | AsyncIterator<Init<I>>;
  #finished = false;

  /** @throws TypeError for what cannot be iterated. */
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

  /** The call has ended: nothing more is wanted. */
  stop(): void {
    if (this.#finished) return;
    this.#finished = true;
    leave(this.#iterator);
  }
}
