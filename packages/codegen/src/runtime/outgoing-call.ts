import { setMaxListeners } from 'node:events';
import { type ChannelInterface, type Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { type CallOptions, deadlineOf, metadataOf } from './call-options.js';
import type { Init } from './message-type.js';
import type { Method } from './method.js';
import { StatusError } from './status-error.js';

type ChannelCall = ReturnType<ChannelInterface['createCall']>;
type Listener = Parameters<ChannelCall['start']>[1];

/** Gets the messages and the end of a call. */
export interface Receiver<O> {
  onMessage(message: O): void;
  /** Called once, as the last callback. @param error undefined if the status is OK. */
  onEnd(error: StatusError | undefined): void;
}

/**
 * One call over a grpc-js channel. It does the work that grpc-js's client does above a channel: it encodes and decodes messages, cancels, and
 * ends the call exactly once, with a status. The object is also the call's listener, because a separate listener object may
 * slow down garbage collection (docs/performance-notes.md).
 */
export class OutgoingCall<I, O> implements Listener {
  readonly #method: Method<I, O, boolean, boolean>;
  // The options that are needed later.
  readonly #signal: AbortSignal | undefined;
  readonly #onHeaders: CallOptions['onHeaders'];
  readonly #onTrailers: CallOptions['onTrailers'];
  readonly #receiver: Receiver<O>;
  #call: ChannelCall | undefined;
  #ended = false;
  /** The reason if this side cancelled the call. */
  #cause: unknown;
  /** The callback of a message that the channel has not taken yet. */
  #taken: (() => void) | undefined;

  /** Starts the call. Errors end the call. @throws TypeError for invalid options. */
  constructor(
    channel: ChannelInterface,
    method: Method<I, O, boolean, boolean>,
    options: CallOptions,
    receiver: Receiver<O>,
  ) {
    this.#method = method;
    this.#signal = options.signal;
    this.#onHeaders = options.onHeaders;
    this.#onTrailers = options.onTrailers;
    this.#receiver = receiver;
    const deadline = deadlineOf(options, method.timeoutMs);
    const metadata = metadataOf(options);
    const { signal, credentials } = options;
    if (signal?.aborted) {
      this.#end(new StatusError(Status.CANCELLED, ABORTED, { cause: signal.reason }));
      return;
    }
    try {
      this.#call = channel.createCall(method.path, deadline, null, null, null);
      if (credentials !== undefined) this.#call.setCredentials(credentials);
      this.#call.start(metadata, this);
    } catch (error) {
      // The channel was closed.
      this.#end(new StatusError(Status.UNAVAILABLE, (error as Error).message, { cause: error }));
      return;
    }
    if (signal === undefined) return;
    // Many calls may share a signal. By default Node warns if a signal has more than ten listeners.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Asks for one more message. */
  read(): void {
    if (!this.#ended) this.#call?.startRead();
  }

  /**
   * Sends a message. Call this only after the channel has taken the previous message.
   *
   * @param taken called when the channel has taken the message, or the call has ended.
   */
  send(message: Init<I>, taken?: () => void): void {
    if (this.#ended) {
      taken?.();
      return;
    }
    let bytes: Buffer;
    try {
      bytes = this.#method.requestSerialize(message);
    } catch (error) {
      taken?.();
      this.cancel(Status.INTERNAL, `the request cannot be serialized: ${(error as Error).message}`, error);
      return;
    }
    if (taken === undefined) {
      this.#call?.sendMessageWithContext({}, bytes);
      return;
    }
    this.#taken = taken;
    this.#call?.sendMessageWithContext({ callback: () => this.#tellTaken() }, bytes);
  }

  halfClose(): void {
    if (!this.#ended) this.#call?.halfClose();
  }

  cancel(code: Status, details: string, cause?: unknown): void {
    if (this.#ended) return;
    this.#cause ??= cause;
    this.#call?.cancelWithStatus(code, details);
  }

  readonly #onAbort = (): void => {
    this.cancel(Status.CANCELLED, ABORTED, this.#signal?.reason);
  };

  // The channel calls the following methods.

  onReceiveMetadata(headers: Metadata): void {
    this.#tell(this.#onHeaders, headers);
  }

  onReceiveMessage(bytes: Buffer | null): void {
    if (this.#ended || bytes === null) return;
    let message: O;
    try {
      message = this.#method.responseDeserialize(bytes);
    } catch (error) {
      this.cancel(Status.INTERNAL, `the response cannot be parsed: ${(error as Error).message}`, error);
      return;
    }
    this.#receiver.onMessage(message);
  }

  onReceiveStatus(status: StatusObject): void {
    if (this.#ended) return;
    this.#tell(this.#onTrailers, status.metadata);
    if (status.code === Status.OK) this.#end(undefined);
    else this.#end(StatusError.of(status, this.#cause));
  }

  /** Calls a callback of the caller. If it throws, the call is cancelled; the error must not reach the channel. */
  #tell(listener: ((metadata: Metadata) => void) | undefined, metadata: Metadata): void {
    try {
      listener?.(metadata);
    } catch (error) {
      this.cancel(Status.CANCELLED, `the call's own callback failed: ${(error as Error).message}`, error);
    }
  }

  #tellTaken(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  #end(error: StatusError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#receiver.onEnd(error);
    // If the call ends, a channel may not report a message that it had not taken.
    this.#tellTaken();
  }
}

const ABORTED = 'the signal was aborted';
