import { type experimental, Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import type { InboundCall } from './calls.js';
import { ExactMetadata, wellFormed } from './exact-metadata.js';

/**
 * What belongs together may come apart: the first message of a call a little behind its metadata, the status of a unary
 * reply a little behind its message. Waiting so many milliseconds lets them go on as one, which spares a unary call half
 * its records.
 */
export const HOLD_MS = 5;

/**
 * Passes what comes back of a call on to whoever made it. Its beginning is held for a moment, headers until there is a
 * message, and that, where the request has ended, until there is more.
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

  /** Starts the call. */
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
        // Trailers alone are for errors.
        if (status.code === Status.OK) this.#headers ??= new Metadata();
        this.#begin();
        this.#end(status);
      },
    });
    this.#outbound.startRead();
  }

  /** The request has ended, so a first message may well be the only one. */
  holdMessage(): void {
    this.#holdMessage = true;
  }

  /** Nobody waits for the reply any more. */
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
