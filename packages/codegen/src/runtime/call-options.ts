import { type CallCredentials, Metadata } from '@grpc/grpc-js';

/** Metadata by name. If a name ends in `-bin`, its value is bytes, otherwise text. A list gives a name several values. */
export type MetadataInit = Readonly<Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>>;

/** The second argument of each method of a generated client. Every option may be left out. */
export interface CallOptions {
  /**
   * How long the call may take, in milliseconds from now. If `deadline` is given too, the earlier time counts. If neither is given, the
   * method's own option `timeout` applies; without that option the call has no deadline.
   */
  readonly timeoutMs?: number | undefined;
  /** The latest time at which the call ends: a Date, or milliseconds since the Unix epoch. */
  readonly deadline?: Date | number | undefined;
  /** Cancels the call when it aborts. The call then fails with CANCELLED, and the error's `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Metadata to send with the request. */
  readonly metadata?: Metadata | MetadataInit | undefined;
  /**
   * If true, a call to a service that no worker serves waits for a worker. If false, it fails with UNAVAILABLE. Default: the option of
   * `metadata` if that is a `Metadata`, otherwise false.
   */
  readonly waitForReady?: boolean | undefined;
  /** Adds metadata for each call, such as a token. */
  readonly credentials?: CallCredentials | undefined;
  /** Called with the initial metadata of the reply, before any message. */
  readonly onHeaders?: ((headers: Metadata) => void) | undefined;
  /** Called with the trailing metadata, whatever the status is. A {@link StatusError} contains it too. */
  readonly onTrailers?: ((trailers: Metadata) => void) | undefined;
}

/**
 * Computes the deadline of a call.
 *
 * @param ownTimeoutMs the method's own timeout. It applies if the options have neither `timeoutMs` nor `deadline`.
 * @returns milliseconds since the Unix epoch; Infinity if the call has no deadline.
 * @throws TypeError for an invalid time.
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

/** Makes the metadata to send. It is always a copy, because a channel may change it. */
export function metadataOf({ metadata, waitForReady }: CallOptions): Metadata {
  const sent = metadata instanceof Metadata ? metadata.clone() : toMetadata(metadata);
  if (waitForReady !== undefined) sent.setOptions({ ...sent.getOptions(), waitForReady });
  return sent;
}

/** Converts an object to grpc-js's `Metadata`. */
export function toMetadata(init: MetadataInit = {}): Metadata {
  const metadata = new Metadata();
  for (const [name, values] of Object.entries(init)) {
    for (const value of Array.isArray(values) ? (values as readonly (string | Uint8Array)[]) : [values]) {
      metadata.add(name, typeof value === 'string' ? value : Buffer.from(value as Uint8Array));
    }
  }
  return metadata;
}
