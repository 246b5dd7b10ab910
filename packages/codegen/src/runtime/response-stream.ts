import { status as Status } from '@grpc/grpc-js';
import type { Receiver } from './outgoing-call.js';
import type { StatusError } from './status-error.js';

/** What a stream does with its call. */
interface ReadCall {
  read(): void;
  cancel(code: Status, details: string): void;
}

interface Waiting<O> {
  readonly resolve: (result: IteratorResult<O, undefined>) => void;
  readonly reject: (error: StatusError) => void;
}

/**
 * The messages of a call, one after another. Leaving the iteration early cancels the call. It throws a {@link StatusError}
 * where the call fails, behind the messages that came before. One message at most is read ahead.
 */
export class ResponseStream<O> implements AsyncIterableIterator<O, undefined>, Receiver<O> {
  readonly #messages: O[] = [];
  readonly #waiting: Waiting<O>[] = [];
  readonly #call: ReadCall;
  #done = false;
  /** How the call failed, until that was thrown. */
  #error: StatusError | undefined;

  /** @param open begins the call, which tells this stream. */
  constructor(open: (receiver: Receiver<O>) => ReadCall) {
    this.#call = open(this);
    this.#call.read();
  }

  /** Called by the call. */
  onMessage(message: O): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      if (!this.#done) this.#messages.push(message);
      return;
    }
    waiting.resolve({ value: message, done: false });
    this.#call.read();
  }

  /** Called by the call. */
  onEnd(error: StatusError | undefined): void {
    if (!this.#done) this.#error = error;
    this.#done = true;
    for (const waiting of this.#waiting.splice(0)) this.#tellEnd(waiting);
  }

  /** The next message. Rejects with a StatusError behind the last one, where the call ended with another status than OK. */
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

  /** Leaves the iteration: what is still to come is not wanted. */
  return(): Promise<IteratorResult<O, undefined>> {
    this.#done = true;
    this.#error = undefined;
    this.#messages.length = 0;
    for (const waiting of this.#waiting.splice(0)) this.#tellEnd(waiting);
    this.#call.cancel(Status.CANCELLED, 'the caller left the responses');
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Itself: there is one stream, which can be read once. */
  [Symbol.asyncIterator](): this {
    return this;
  }
}
