import { isSpanContextValid, type Span, type SpanContext, trace } from '@opentelemetry/api';
import type { LogFields, Logger } from '@wherry/endpoint';
import { failed, type Side, statusName } from './status.js';

/** The options of the call log, {@link OpenTelemetryOptions.callLog}. */
export interface CallLogOptions {
  /** Gets a line for each call that ends: at `info`, or at `warn` if the call's span counts as failed. */
  readonly logger: Logger;
  /**
   * Whether each message gets a line too, with its contents: base64 of its first 4,096 bytes, or the message itself if it is decoded
   * already. Default false: no line shows a message's contents. No line ever has metadata.
   */
  readonly payloads?: boolean | undefined;
}

/** How many bytes of a message a line shows. */
const MAX_PAYLOAD_BYTES = 4096;

/** Logs a line for each call over Kafka, at its caller and at its worker. */
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

  /** Logs a call that a worker read and whose handler never began. */
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

/** A view of the bytes that a line shows. */
function firstOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, Math.min(length, MAX_PAYLOAD_BYTES));
}

/**
 * The fields that tie a log line to its trace, named as in OpenTelemetry's own instrumentation of pino; no fields without a valid context.
 */
export function traceFieldsOf(context: SpanContext | undefined): LogFields {
  if (context === undefined || !isSpanContextValid(context)) return {};
  const { traceId, spanId, traceFlags } = context;
  return { trace_id: traceId, span_id: spanId, trace_flags: traceFlags.toString(16).padStart(2, '0') };
}

/**
 * `trace_id`, `span_id` and `trace_flags` of the active span, for the lines of your own logger: `pino({ mixin: traceFields })`.
 * A handler runs within the span of its call, so its lines get the fields of that call. Outside of spans the object is empty.
 */
export function traceFields(): LogFields {
  return traceFieldsOf(trace.getActiveSpan()?.spanContext());
}

export function fieldsOf(span: Span | undefined): LogFields {
  return traceFieldsOf(span?.spanContext());
}
