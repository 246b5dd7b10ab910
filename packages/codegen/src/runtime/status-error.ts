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

  static of({ code, details, metadata }: StatusObject, cause?: unknown): StatusError {
    return new StatusError(code, details, cause === undefined ? { metadata } : { metadata, cause });
  }
}

/**
 * The status of whatever a handler threw, as grpc-js makes it: that of an error with a numeric `code`, else UNKNOWN with the
 * error's message.
 */
export function statusOf(error: unknown): { code: Status; details: string; metadata: Metadata | undefined } {
  if (typeof error !== 'object' || error === null) {
    return { code: Status.UNKNOWN, details: String(error), metadata: undefined };
  }
  const { code, details, message, metadata } = error as Partial<ServiceError>;
  const text = typeof message === 'string' ? message : 'Unknown Error';
  const known = metadata instanceof Metadata ? metadata : undefined;
  if (typeof code !== 'number' || !Number.isInteger(code)) {
    return { code: Status.UNKNOWN, details: text, metadata: known };
  }
  return { code, details: typeof details === 'string' ? details : text, metadata: known };
}
