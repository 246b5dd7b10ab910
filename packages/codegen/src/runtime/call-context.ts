import { setMaxListeners } from 'node:events';
import { type Deadline, Metadata, status as Status } from '@grpc/grpc-js';
import { StatusError } from './status-error.js';

/** The call that an async handler answers. */
export interface CallContext {
  /** The metadata that came with the request. */
  readonly metadata: Metadata;
  /** `/package.Service/Method`. */
  readonly path: string;
  /** The caller, in the form of grpc-js's `getPeer`. */
  readonly peer: string;
  /** The call's deadline in milliseconds since the Unix epoch; Infinity if it has none. Pass it on to your own calls. */
  readonly deadline: number;
  /**
   * A signal that aborts if the caller cancels or the deadline passes. It does not abort when the handler ends. Its reason is a
   * {@link StatusError}. Pass it on to your own calls.
   */
  readonly signal: AbortSignal;
  /** The trailers, which the handler may fill. They are sent after the last message, or with the error. */
  readonly trailers: Metadata;
  /** Sends initial metadata. If the handler does not call this, empty metadata is sent with the first message. */
  sendMetadata(metadata: Metadata): void;
}

/** The members that all server calls have, grpc-js's and Wherry's. */
export interface ServerCall extends NodeJS.EventEmitter {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  getPath(): string;
  getPeer(): string;
  getDeadline(): Deadline;
  sendMetadata(metadata: Metadata): void;
}

/** The context of a call. It makes the trailers and the signal only when the handler asks for them. */
export class ServerCallContext implements CallContext {
  readonly #call: ServerCall;
  #trailers: Metadata | undefined;
  #abort: AbortController | undefined;
  #finished = false;

  constructor(call: ServerCall) {
    this.#call = call;
  }

  get metadata(): Metadata {
    return this.#call.metadata;
  }

  get path(): string {
    return this.#call.getPath();
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  get deadline(): number {
    return Number(this.#call.getDeadline());
  }

  get cancelled(): boolean {
    return this.#call.cancelled;
  }

  get trailers(): Metadata {
    this.#trailers ??= new Metadata();
    return this.#trailers;
  }

  /** The trailers. Undefined if the handler did not ask for them. */
  get usedTrailers(): Metadata | undefined {
    return this.#trailers;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      setMaxListeners(0, abort.signal);
      this.#abort = abort;
      this.onCancelled(() => abort.abort(this.reason()));
    }
    return this.#abort.signal;
  }

  sendMetadata(metadata: Metadata): void {
    this.#call.sendMetadata(metadata);
  }

  /** Calls `listener` if the call is cancelled before the handler has finished, or at once if it already was. */
  onCancelled(listener: () => void): void {
    if (this.#finished) return;
    if (this.#call.cancelled) listener();
    else this.#call.once('cancelled', () => this.#finished || listener());
  }

  /** Marks the handler as finished. grpc-js emits "cancelled" after a normal end too, and this context then ignores it. */
  finish(): void {
    this.#finished = true;
  }

  /** The reason why the call was cancelled. */
  reason(): StatusError {
    return Date.now() >= this.deadline
      ? new StatusError(Status.DEADLINE_EXCEEDED, 'the deadline has passed')
      : new StatusError(Status.CANCELLED, 'the caller has cancelled');
  }

  /** The trailers to send with an error: those that the handler set, merged with the error's own. */
  trailersWith(metadata: Metadata | undefined): Metadata {
    const merged = this.trailers.clone();
    if (metadata !== undefined) merged.merge(metadata);
    return merged;
  }
}
