import { status as Status } from '@grpc/grpc-js';
import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';
import { attribute } from './semconv.js';

/** The codes that count as failures of a server's span. The conventions do not blame the server for any other code. */
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

/** Whether a span or a measurement of that side counts as failed if the call ended with `code`. */
export function failed(side: Side, code: number): boolean {
  return side === 'client' ? code !== Status.OK : serverErrors.has(code);
}

/** The attributes of a call's end, for its span and for its measured duration. */
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
