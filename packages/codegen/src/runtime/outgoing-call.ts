import { setMaxListeners } from 'node:events';
import { type ChannelInterface, type Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { type CallOptions, deadlineOf, metadataOf } from './call-options.js';
import type { Init } from './message-type.js';
import type { Method } from './method.js';
import { StatusError } from './status-error.js';

type ChannelCall = ReturnType<ChannelInterface['createCall']>;
type Listener = Parameters<ChannelCall['start']>[1];

/** Who gets what comes back. */
export interface Receiver<O> {
  onMessage(message: O): void;
  /** Called once, and nothing after it. @param error undefined: the status is OK. */
  onEnd(error: StatusError | undefined): void;
}

/**
 * One call over a grpc-js channel. It does what grpc-js's own client does above a channel: codec, cancel, and one end, with
 * a status, for whatever happens. It is the call's listener itself: a literal for that would live as long as the call, which V8 does
 * not always take well.
 */
export class OutgoingCall<I, O> implements Listener {
  readonly #method: Method<I, O, boolean, boolean>;
  // Of the options, what is needed later.
  readonly #signal: AbortSignal | undefined;
  readonly #onHeaders: CallOptions['onHeaders'];
  readonly #onTrailers: CallOptions['onTrailers'];
  readonly #receiver: Receiver<O>;
  #call: ChannelCall | undefined;
  #ended = false;
  /** Why it was cancelled from here. */
  #cause: unknown;
  /** Of a message that the channel has not taken yet. */
  #taken: (() => void) | undefined;

  /** @throws TypeError for wrong options. What else goes wrong ends the call. */
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
      // A channel that was closed.
      this.#end(new StatusError(Status.UNAVAILABLE, (error as Error).message, { cause: error }));
      return;
    }
    if (signal === undefined) return;
    // Many calls may share a signal, and Node warns of more than ten listeners.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Asks for one message more. */
  read(): void {
    if (!this.#ended) this.#call?.startRead();
  }

  /**
   * Sends a message. The one before must have been taken.
   *
   * @param taken called when the channel has taken it, or the call has ended.
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

  // What the channel calls.

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

  /** What a callback of the caller's throws must not be thrown into the channel. */
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
    // A channel may forget a message that it had not taken when the call ended.
    this.#tellTaken();
  }
}

const ABORTED = 'the signal was aborted';
