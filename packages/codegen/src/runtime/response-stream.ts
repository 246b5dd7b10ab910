import { status as Status } from '@grpc/grpc-js';
import type { Receiver } from './outgoing-call.js';
import type { StatusError } from './status-error.js';

/** The part of a call that a stream of responses uses. */
interface ReadCall {
  read(): void;
  cancel(code: Status, details: string): void;
}

interface Waiting<O> {
  readonly resolve: (result: IteratorResult<O, undefined>) => void;
  readonly reject: (error: StatusError) => void;
}

/**
 * The messages of a call, one after another. Leaving the iteration early cancels the call. If the call fails, the iteration first gives the
 * messages that came before the failure, and then throws a {@link StatusError}. At most one message is read ahead.
 */
export class ResponseStream<O> implements AsyncIterableIterator<O, undefined>, Receiver<O> {
  readonly #messages: O[] = [];
  readonly #waiting: Waiting<O>[] = [];
  readonly #call: ReadCall;
  #done = false;
  /** The error of a failed call, until it was thrown. */
  #error: StatusError | undefined;

  /** @param open starts the call. The call must report to the given receiver. */
  constructor(open: (receiver: Receiver<O>) => ReadCall) {
    this.#call = open(this);
    this.#call.read();
  }

  /** The call reports a message. */
  onMessage(message: O): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      if (!this.#done) this.#messages.push(message);
      return;
    }
    waiting.resolve({ value: message, done: false });
    this.#call.read();
  }

  /** The call reports its end. */
  onEnd(error: StatusError | undefined): void {
    if (!this.#done) this.#error = error;
    this.#done = true;
    for (const waiting of this.#waiting.splice(0)) this.#tellEnd(waiting);
  }

  /** Returns the next message. If the call failed, it rejects once with a StatusError after the last message. */
  next(): Promise<IteratorResult<O, undefined>> {
    if (this.#messages.length > 0) {
      const value = this.#messages.shift() as O;
      this.#call.read();
      return Promise.resolve({ value, done: false });
    }
    return new Promise((resolve, reject) => {
      if (this.#done) this.#tellEnd({ resolve, reject });
      else this.#waiting.push({ resolve, reject });
    });
  }

  #tellEnd({ resolve, reject }: Waiting<O>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) resolve({ value: undefined, done: true });
    else reject(error);
  }

  /** Leaves the iteration and cancels the call. Messages that have not been read are dropped. */
  return(): Promise<IteratorResult<O, undefined>> {
    this.#done = true;
    this.#error = undefined;
    this.#messages.length = 0;
    for (const waiting of this.#waiting.splice(0)) this.#tellEnd(waiting);
    this.#call.cancel(Status.CANCELLED, 'the caller stopped reading the responses');
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Returns this object, so a stream can be read only once. */
  [Symbol.asyncIterator](): this {
    return this;
  }
}
