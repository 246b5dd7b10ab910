import { type CallCredentials, Metadata } from '@grpc/grpc-js';

/** Metadata by name. A name that ends in `-bin` has bytes, any other text; several values are a list. */
export type MetadataInit = Readonly<Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>>;

/** What each method of a generated client takes behind its request. All may be left out. */
export interface CallOptions {
  /**
   * How long the call may take, in milliseconds from now. With `deadline` too, the earlier counts. Default: what the method's own option
   * `timeout` says, where there is no `deadline` either; else for ever.
   */
  readonly timeoutMs?: number | undefined;
  /** When the call ends at the latest: a Date, or milliseconds since the Unix epoch. */
  readonly deadline?: Date | number | undefined;
  /** Cancels the call when it is aborted: it then fails with CANCELLED, with the signal's reason as the error's `cause`. */
  readonly signal?: AbortSignal | undefined;
  /** Sent with the request. */
  readonly metadata?: Metadata | MetadataInit | undefined;
  /** Wait where nobody serves the service yet, instead of failing with UNAVAILABLE. Default: as `metadata` has it, else false. */
  readonly waitForReady?: boolean | undefined;
  /** Adds metadata for each call, such as a token. */
  readonly credentials?: CallCredentials | undefined;
  /** Gets the initial metadata of the reply, before any message. */
  readonly onHeaders?: ((headers: Metadata) => void) | undefined;
  /** Gets the trailing metadata, whatever the status is. An error has it too. */
  readonly onTrailers?: ((trailers: Metadata) => void) | undefined;
}

/**
 * @param ownTimeoutMs the method's own, where the caller says nothing.
 * @returns milliseconds since the Unix epoch; Infinity: none.
 * @throws TypeError for a time that is none.
 */
export function deadlineOf({ timeoutMs, deadline }: CallOptions, ownTimeoutMs: number | undefined): number {
  if (timeoutMs === undefined && deadline === undefined) {
    return ownTimeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + ownTimeoutMs;
  }
  if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
    throw new TypeError(`timeoutMs is ${timeoutMs}; it must be a number of milliseconds, 0 or more`);
  }
  const at = deadline === undefined ? Number.POSITIVE_INFINITY : Number(deadline);
  if (Number.isNaN(at)) throw new TypeError('deadline is not a time; it must be a valid Date or a number');
  return timeoutMs === undefined ? at : Math.min(at, Date.now() + timeoutMs);
}

/** What is sent: a channel may change it, so it is never the caller's own. */
export function metadataOf({ metadata, waitForReady }: CallOptions): Metadata {
  const sent = metadata instanceof Metadata ? metadata.clone() : toMetadata(metadata);
  if (waitForReady !== undefined) sent.setOptions({ ...sent.getOptions(), waitForReady });
  return sent;
}

/** grpc-js's Metadata of an object. */
export function toMetadata(init: MetadataInit = {}): Metadata {
  const metadata = new Metadata();
  for (const [name, values] of Object.entries(init)) {
    for (const value of Array.isArray(values) ? (values as readonly (string | Uint8Array)[]) : [values]) {
      metadata.add(name, typeof value === 'string' ? value : Buffer.from(value as Uint8Array));
    }
  }
  return metadata;
}
