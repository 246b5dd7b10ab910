import { Metadata, type ServiceError, status as Status, type StatusObject } from '@grpc/grpc-js';

/**
 * A call that ended with another status than OK. A client throws it; a handler throws it to end its call so. It has what
 * grpc-js's `ServiceError` has.
 */
export class StatusError extends Error implements ServiceError {
  override readonly name = 'StatusError';
  readonly code: Status;
  /** The message of the status, as it was sent. */
  readonly details: string;
  /** The trailers of the call. */
  readonly metadata: Metadata;

  /** @param options.metadata the trailers of the call. Default: none. */
  constructor(code: Status, details: string, options: { metadata?: Metadata; cause?: unknown } = {}) {
    super(`${code} ${Status[code] ?? 'UNKNOWN'}: ${details}`, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    this.details = details;
    this.metadata = options.metadata ?? new Metadata();
  }

  /** Of a status as grpc-js gives it. `cause` says why, where that is known here, and does not travel. */
  static of({ code, details, metadata }: StatusObject, cause?: unknown): StatusError {
    return new StatusError(code, details, cause === undefined ? { metadata } : { metadata, cause });
  }
}

/** The status of what a handler threw, where it names one by a numeric `code` as grpc-js has it. */
export function statusOf(
  error: unknown,
): { code: Status; details: string; metadata: Metadata | undefined } | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, details, message, metadata } = error as Partial<ServiceError>;
  if (typeof code !== 'number' || !Number.isInteger(code)) return undefined;
  return {
    code,
    details: typeof details === 'string' ? details : (message ?? ''),
    metadata: metadata instanceof Metadata ? metadata : undefined,
  };
}
