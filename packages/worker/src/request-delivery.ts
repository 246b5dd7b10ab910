import { type ServerInterceptingCallInterface, status as Status } from '@grpc/grpc-js';
import type { Incoming } from '@wherry/endpoint/internal';

/** grpc-js does not name this type in its public interface. */
export type InterceptingServerListener = Parameters<ServerInterceptingCallInterface['start']>[0];

/** The call whose request is delivered. */
export interface DeliveredCall {
  /** Nothing more is delivered. */
  readonly over: boolean;
  /** Nothing is delivered now. */
  readonly held: boolean;
  deserialize(bytes: Uint8Array): unknown;
  /** Ends the call: a message of its request cannot be deserialized. */
  fail(code: Status, details: string): void;
}

/**
 * Delivers the messages of a request to a handler: one for each read, then the end. It is the counterpart of the client's `ReplyDelivery`.
 * A handler may read the next message while a message is delivered, so the delivery loop must not run inside itself.
 */
export class RequestDelivery {
  readonly #call: DeliveredCall;
  readonly #messages: Incoming;
  #listener: InterceptingServerListener | undefined;
  #reads = 0;
  #delivering = false;
  #endDelivered = false;

  constructor(call: DeliveredCall, messages: Incoming) {
    this.#call = call;
    this.#messages = messages;
  }

  /** Undefined until the handler listens. */
  get listener(): InterceptingServerListener | undefined {
    return this.#listener;
  }

  listen(listener: InterceptingServerListener): void {
    this.#listener = listener;
  }

  /** The handler wants one more message, or the end. */
  read(): void {
    this.#reads++;
    this.deliver();
  }

  /** Delivers the messages that the handler wants and that have come. */
  deliver(): void {
    if (this.#delivering || this.#call.held) return;
    this.#delivering = true;
    try {
      while (this.#reads > 0 && !this.#call.over && this.#listener !== undefined) {
        const bytes = this.#messages.take();
        if (bytes === undefined) {
          this.#deliverEnd(this.#listener);
          break;
        }
        this.#reads--;
        this.#deliverMessage(bytes, this.#listener);
      }
    } finally {
      // A handler may throw here, and the call must continue nevertheless.
      this.#delivering = false;
    }
  }

  #deliverMessage(bytes: Uint8Array, listener: InterceptingServerListener): void {
    let message: unknown;
    try {
      message = this.#call.deserialize(bytes);
    } catch (error) {
      this.#call.fail(Status.INTERNAL, `Error deserializing request: ${(error as Error).message}`);
      return;
    }
    listener.onReceiveMessage(message);
  }

  #deliverEnd(listener: InterceptingServerListener): void {
    if (!this.#messages.ended || this.#endDelivered) return;
    this.#endDelivered = true;
    listener.onReceiveHalfClose();
  }
}
