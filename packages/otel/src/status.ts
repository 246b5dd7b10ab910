import { status as Status } from '@grpc/grpc-js';
import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';
import { attribute } from './semconv.js';

/** What a server's span calls a failure: the conventions leave the rest to be the caller's. */
const serverErrors = new Set<number>([
  Status.UNKNOWN,
  Status.DEADLINE_EXCEEDED,
  Status.UNIMPLEMENTED,
  Status.INTERNAL,
  Status.UNAVAILABLE,
  Status.DATA_LOSS,
]);

export type Side = 'client' | 'server';

export function statusName(code: number): string {
  return Status[code] ?? String(code);
}

/** Whether a span or a measurement of that side counts as failed. */
export function failed(side: Side, code: number): boolean {
  return side === 'client' ? code !== Status.OK : serverErrors.has(code);
}

/** What both the span and the duration of a call say of its end. */
export function endAttributes(side: Side, code: number): Attributes {
  const name = statusName(code);
  return failed(side, code)
    ? { [attribute.rpcStatus]: name, [attribute.errorType]: name }
    : { [attribute.rpcStatus]: name };
}

export function setEnd(span: Span, side: Side, code: number, details = ''): void {
  span.setAttributes(endAttributes(side, code));
  if (failed(side, code)) span.setStatus({ code: SpanStatusCode.ERROR, message: details });
}
