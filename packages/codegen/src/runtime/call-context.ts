import { setMaxListeners } from 'node:events';
import { type Deadline, Metadata, status as Status } from '@grpc/grpc-js';
import { StatusError } from './status-error.js';

/** What an async handler knows of its call. */
export interface CallContext {
  /** The metadata that came with the request. */
  readonly metadata: Metadata;
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Who calls, as grpc-js's `getPeer` has it. */
  readonly peer: string;
  /** When the caller gives up, in milliseconds since the Unix epoch; Infinity: never. Pass it on to calls of your own. */
  readonly deadline: number;
  /**
   * Aborted when the caller cancels or its deadline passes, and not by the end of the handler. Its reason is a
   * {@link StatusError}. Pass it on to calls of your own.
   */
  readonly signal: AbortSignal;
  /** Sent behind the last message, or with the error. */
  readonly trailers: Metadata;
  /** Sends initial metadata. Without it, it is sent, empty, with the first message. */
  sendMetadata(metadata: Metadata): void;
}

/** What all server calls of grpc-js have, and Wherry's. */
export interface ServerCall extends NodeJS.EventEmitter {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  getPath(): string;
  getPeer(): string;
  getDeadline(): Deadline;
  sendMetadata(metadata: Metadata): void;
}

/** The context of a call. What costs something is made when it is asked for. */
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

  /** The trailers, where the handler asked for them. */
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

  /** Calls back when the call is cancelled before the handler has finished: at once where it was. */
  onCancelled(listener: () => void): void {
    if (this.#finished) return;
    if (this.#call.cancelled) listener();
    else this.#call.once('cancelled', () => this.#finished || listener());
  }

  /** grpc-js says "cancelled" after a normal end too. */
  finish(): void {
    this.#finished = true;
  }

  /** Why the call was cancelled. */
  reason(): StatusError {
    return Date.now() >= this.deadline
      ? new StatusError(Status.DEADLINE_EXCEEDED, 'the deadline has passed')
      : new StatusError(Status.CANCELLED, 'the caller has cancelled');
  }

  /** The trailers of an error: those that the handler set, and the error's own. */
  trailersWith(metadata: Metadata | undefined): Metadata {
    const merged = this.trailers.clone();
    if (metadata !== undefined) merged.merge(metadata);
    return merged;
  }
}
