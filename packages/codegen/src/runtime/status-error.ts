import { Metadata, type ServiceError, status as Status, type StatusObject } from '@grpc/grpc-js';

/**
 * A status other than OK. A client throws it if a call ends with that status. A handler throws it to end its call with that status. It has
 * the fields of grpc-js's `ServiceError`.
 */
export class StatusError extends Error implements ServiceError {
  override readonly name = 'StatusError';
  readonly code: Status;
  /** The message of the status. */
  readonly details: string;
  /** The trailers of the call. */
  readonly metadata: Metadata;

  /**
   * @param options.metadata the trailers of the call. Default: none.
   * @param options.cause the reason, if it is known on this side. It is not sent.
   */
  constructor(code: Status, details: string, options: { metadata?: Metadata; cause?: unknown } = {}) {
    super(`${code} ${Status[code] ?? 'UNKNOWN'}: ${details}`, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    this.details = details;
    this.metadata = options.metadata ?? new Metadata();
  }

  /** Makes an error from a status of grpc-js. */
  static of({ code, details, metadata }: StatusObject, cause?: unknown): StatusError {
    return new StatusError(code, details, cause === undefined ? { metadata } : { metadata, cause });
  }
}

/** The status of an error that a handler threw. Undefined if the error has no numeric `code`. */
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
