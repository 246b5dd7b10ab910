import { type experimental, Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import type { InboundCall } from './calls.js';
import { ExactMetadata, wellFormed } from './exact-metadata.js';

/**
 * How long the beginning of a call, or of a reply, is held, in milliseconds. Parts that belong together may come one by one: a call's
 * first message shortly after its metadata, a unary reply's status shortly after its message. If they are passed on together, a
 * unary call needs half as many records.
 */
export const HOLD_MS = 5;

/**
 * Passes the reply to a call on to its caller. The beginning of the reply is held for a moment. Headers are held until a message comes. If
 * the request has ended, the first message is held until the status or another message comes.
 */
export class Replies {
  readonly #outbound: experimental.CallStream;
  readonly #inbound: InboundCall;
  #headers: Metadata | undefined;
  #message: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #begun = false;
  #holdMessage = false;

  constructor(outbound: experimental.CallStream, inbound: InboundCall) {
    this.#outbound = outbound;
    this.#inbound = inbound;
  }

  start(metadata: Metadata): void {
    this.#outbound.start(metadata, {
      onReceiveMetadata: (headers) => {
        this.#headers = headers;
        this.#hold();
      },
      onReceiveMessage: (message: Buffer | null) => {
        if (message !== null) this.#take(message);
      },
      onReceiveStatus: (status) => {
        // Only an error may consist of trailers alone.
        if (status.code === Status.OK) this.#headers ??= new Metadata();
        this.#begin();
        this.#end(status);
      },
    });
    this.#outbound.startRead();
  }

  /** The request has ended, so the first message may be the only one: from now on it is held for the status. */
  holdMessage(): void {
    this.#holdMessage = true;
  }

  /** The caller does not wait for the reply any longer. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#begun = true;
  }

  #take(message: Buffer): void {
    if (this.#holdMessage && !this.#begun && this.#message === undefined) {
      this.#message = message;
      this.#hold();
      this.#outbound.startRead();
      return;
    }
    this.#begin();
    this.#inbound.sendMessage(message, () => this.#outbound.startRead());
  }

  #hold(): void {
    this.#timer ??= setTimeout(() => this.#begin(), HOLD_MS);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    clearTimeout(this.#timer);
    if (this.#headers !== undefined) this.#inbound.sendMetadata(ExactMetadata.forwarded(this.#headers));
    if (this.#message !== undefined) this.#inbound.sendMessage(this.#message, () => {});
    this.#message = undefined;
  }

  #end({ code, details, metadata }: StatusObject): void {
    this.#inbound.sendStatus({
      code,
      details: code === Status.OK ? 'OK' : wellFormed(details),
      metadata: ExactMetadata.forwarded(metadata),
    });
  }
}
