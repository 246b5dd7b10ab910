import { isSpanContextValid, type Span, type SpanContext, trace } from '@opentelemetry/api';
import type { LogFields, Logger } from '@wherry/endpoint';
import { failed, type Side, statusName } from './status.js';

/** What {@link OpenTelemetryOptions.callLog} takes. */
export interface CallLogOptions {
  /** Has a line for each call that ends: `info`, or `warn` where its span counts as failed. */
  readonly logger: Logger;
  /**
   * Whether each message has a line too, with its contents: base64 of its first 4,096 bytes, or the message itself where it
   * is seen decoded. Default false: nothing of a message is in any line. Metadata never is.
   */
  readonly payloads?: boolean | undefined;
}

/** How much of a message is shown. */
const MAX_PAYLOAD_BYTES = 4096;

/** A line for each call over Kafka, at its caller and at its worker. */
export class CallLog {
  readonly payloads: boolean;
  readonly #logger: Logger;

  constructor({ logger, payloads = false }: CallLogOptions) {
    this.#logger = logger;
    this.payloads = payloads;
  }

  ended(side: Side, method: string, code: number, details: string | undefined, ms: number, fields: LogFields): void {
    const status = statusName(code);
    const line = { side, method, status, duration_ms: Math.round(ms * 1000) / 1000, ...fields };
    const text = `${side === 'client' ? 'called' : 'answered'} ${method}: ${status} after ${ms.toFixed(1)} ms`;
    if (failed(side, code)) this.#logger.warn({ ...line, ...(details && { details }) }, text);
    else this.#logger.info?.(line, text);
  }

  /** A call that was read and never begun. */
  skipped(method: string, why: string, fields: LogFields): void {
    const line = { side: 'server', method, skipped: why, ...fields };
    const text = `skipped ${method}: ${why} before its handler began`;
    if (why === 'left') this.#logger.info?.(line, text);
    else this.#logger.warn(line, text);
  }

  message(side: Side, method: string, direction: 'sent' | 'received', message: unknown, fields: LogFields): void {
    const bytes = message instanceof Uint8Array ? message : undefined;
    const payload = bytes === undefined ? message : firstOf(bytes).toString('base64');
    const line = { side, method, direction, ...(bytes && { bytes: bytes.length }), payload, ...fields };
    this.#logger.info?.(line, `message ${direction}, ${method}`);
  }
}

/** A view of what is shown of a message. */
function firstOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, Math.min(length, MAX_PAYLOAD_BYTES));
}

/** Where a log line belongs, by the names that OpenTelemetry's own instrumentation of pino uses; nothing where it is in no trace. */
export function traceFieldsOf(context: SpanContext | undefined): LogFields {
  if (context === undefined || !isSpanContextValid(context)) return {};
  const { traceId, spanId, traceFlags } = context;
  return { trace_id: traceId, span_id: spanId, trace_flags: traceFlags.toString(16).padStart(2, '0') };
}

/**
 * `trace_id`, `span_id` and `trace_flags` of the span that is active, for the lines of a logger of yours: `pino({ mixin: traceFields })`.
 * A handler runs within its span, so that its lines have those of its call. Nothing outside of spans.
 */
export function traceFields(): LogFields {
  return traceFieldsOf(trace.getActiveSpan()?.spanContext());
}

export function fieldsOf(span: Span | undefined): LogFields {
  return traceFieldsOf(span?.spanContext());
}
