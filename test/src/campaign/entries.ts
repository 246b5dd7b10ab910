/**
 * The lines of a ledger file. Every process of the campaign has one file. A caller writes a line when a call begins and a line at each of
 * its ends. A server writes a line when a handler begins.
 */

export type CallKind = 'unary' | 'collect' | 'expand' | 'chat';

/** A call begins. The line is in the file before the call leaves the caller. */
export interface CallBegun {
  /** The call's id: 16 hex digits. */
  readonly begun: string;
  readonly kind: CallKind;
  /** In milliseconds since the Unix epoch, as all times here. */
  readonly at: number;
  readonly deadline: number;
}

/** A call ended. A call that ends twice has two of these. */
export interface CallEnded {
  readonly ended: string;
  /** The gRPC status code. */
  readonly code: number;
  readonly at: number;
  readonly details?: string;
  /** The part of the answer that was not what this call had to get. */
  readonly wrong?: string;
}

/** A handler of a worker, or of the server behind the egress, began the call. */
export interface HandlerBegun {
  readonly handled: string;
  readonly at: number;
}

export type Entry = CallBegun | CallEnded | HandlerBegun;
