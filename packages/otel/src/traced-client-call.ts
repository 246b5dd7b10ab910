import type { Metadata, StatusObject } from '@grpc/grpc-js';
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { CallObserver, CallPropagator, MadeCall } from '@wherry/client';
import type { MetadataEntries, MetadataEntry } from '@wherry/wire';
import { type CallLog, fieldsOf } from './call-log.js';
import { inMetadata, intoEntries } from './carriers.js';
import type { Clock } from './clock.js';
import { MessageEvents } from './message-events.js';
import type { CallMetrics } from './metrics.js';
import { attribute } from './semconv.js';
import { endAttributes, setEnd } from './status.js';

/** The tracer, metrics and settings that all calls of one {@link OpenTelemetry} share. */
export interface Tracing {
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly metrics: CallMetrics | undefined;
  /** Logs a line for each call over Kafka. */
  readonly callLog: CallLog | undefined;
  readonly maxMessageEvents: number;
  /** Whether calls are only traced, without metrics or a call log. If so, nothing is recorded of calls that are not sampled. */
  readonly onlySampled: boolean;
  /** Whether W3C's trace context was the only form in use when the first call was followed. */
  readonly w3c: boolean;
}

/** Is told of each request of a traced call. */
export interface RequestTracker {
  opening(call: TracedClientCall, callId: string, previousAttempts: number): void;
  forgotten(callId: string): void;
}

/**
 * A call at its caller: its client span, and the trace context in its metadata. If @opentelemetry/instrumentation-grpc already made the
 * client span, this class makes no other.
 */
export class TracedClientCall implements CallObserver, CallPropagator {
  readonly #tracing: Tracing;
  readonly #method: string;
  readonly #target: string;
  readonly #requests: RequestTracker | undefined;
  /** Undefined for a call that an egress makes: the log line of the egress's worker covers that call. */
  readonly #log: CallLog | undefined;
  readonly #callers = context.active();
  /** Undefined if the call was made outside of any context: then nothing needs to be restored. This saves the cost in most programs. */
  readonly run =
    this.#callers === ROOT_CONTEXT ? undefined : (callback: () => void) => context.with(this.#callers, callback);
  /** The call's span, once the call has started. Undefined if the span is not recorded and no metrics or call log need the call. */
  #span: Span | undefined;
  /** The parent context of the spans of the call's records; undefined if the call's span is not recorded. */
  #context: Context | undefined;
  /** The context that travels with the call, if this class made its span. */
  #travelling: Context | undefined;
  /** The same context as metadata entries, for each request over Kafka. */
  #entries: MetadataEntries | undefined;
  /** Whether this class made the span, and so ends it. */
  #own = false;
  #startedAt = 0;
  #messages: MessageEvents | undefined;
  /** The span of the reply, from when the reply was read until it is delivered. */
  #receiving: Span | undefined;
  /** The partition of the last request. */
  #partition: number | undefined;
  /** How many requests were opened: one, or more if the call is retried or hedged. */
  #attempts = 0;
  #lost = 0;

  constructor(tracing: Tracing, call: MadeCall, requests?: RequestTracker) {
    this.#tracing = tracing;
    this.#method = call.method.slice(1);
    this.#target = call.target;
    this.#requests = requests;
    this.#log = requests && tracing.callLog;
  }

  /** The parent context of the spans of the call's records. */
  get context(): Context {
    return this.#context ?? this.#callers;
  }

  get propagator(): CallPropagator {
    return this;
  }

  get entries(): MetadataEntries | undefined {
    return this.#entries;
  }

  get quiet(): boolean {
    return this.#span === undefined;
  }

  get recording(): boolean {
    return this.#span?.isRecording() === true;
  }

  started(metadata: Metadata): void {
    const { tracer, clock, metrics, maxMessageEvents } = this.#tracing;
    const active = trace.getSpan(this.#callers);
    this.#startedAt = clock.now();
    if (active !== undefined && isCallsOwn(active, metadata)) {
      this.#span = active;
      return;
    }
    const parent =
      active === undefined && !isEmpty(metadata)
        ? propagation.extract(this.#callers, metadata, inMetadata)
        : this.#callers;
    const options = { kind: SpanKind.CLIENT, startTime: this.#startedAt, attributes: this.#attributes };
    const span = tracer.startSpan(this.#method, options, parent);
    this.#own = true;
    this.#travelling = trace.setSpan(parent, span);
    if (span.isRecording()) {
      this.#context = this.#travelling;
      this.#messages = new MessageEvents(clock, maxMessageEvents);
    }
    if (span.isRecording() || metrics !== undefined || this.#log !== undefined) this.#span = span;
  }

  inject(metadata: Metadata): Metadata {
    const context = this.#travelling;
    if (context === undefined) return metadata;
    if (this.#requests !== undefined) {
      const entries: MetadataEntry[] = [];
      propagation.inject(context, entries, intoEntries);
      this.#entries = entries;
      return metadata;
    }
    // Injects into a clone, because the caller may use its metadata for other calls.
    const traced = metadata.clone();
    propagation.inject(context, traced, inMetadata);
    return traced;
  }

  message(direction: 'sent' | 'received', message: unknown): void {
    if (this.#span !== undefined) this.#messages?.add(this.#span, direction, message);
    if (this.#log?.payloads) {
      this.#log.message('client', this.#method, direction, message, fieldsOf(this.#span));
    }
  }

  /** A record with the end of the reply was read. `span` ends when the reply is delivered. */
  received(span: Span): void {
    this.#receiving = span;
  }

  ended({ code, details }: StatusObject): void {
    const { clock, metrics } = this.#tracing;
    if (metrics === undefined && !this.recording && this.#receiving === undefined && this.#log === undefined) return;
    const now = clock.now();
    this.#receiving?.end(now);
    // A call that was cancelled before it started has no span, and took no time.
    if (this.#span === undefined) return;
    metrics?.clientEnded((now - this.#startedAt) / 1000, this.#method, this.#target, endAttributes('client', code));
    this.#logEnd(code, details, now);
    if (!this.#own) return;
    setEnd(this.#span, 'client', code, details);
    this.#messages?.end(this.#span);
    this.#span.end(now);
  }

  opening(callId: string, previousAttempts: number): void {
    this.#attempts = Math.max(this.#attempts, previousAttempts + 1);
    if (this.recording || this.#log !== undefined) this.#requests?.opening(this, callId, previousAttempts);
  }

  forgotten(callId: string): void {
    if (this.#span !== undefined) this.#requests?.forgotten(callId);
  }

  /** `attempts` workers began the call and were lost before one answered. */
  lost(attempts: number): void {
    if (attempts <= this.#lost) return;
    this.#lost = attempts;
    this.#span?.setAttribute(attribute.lostAttempts, attempts);
  }

  /** A request was sent to this partition. */
  sent(partition: number): void {
    this.#partition = partition;
  }

  #logEnd(code: number, details: string, now: number): void {
    this.#log?.ended('client', this.#method, code, details, now - this.#startedAt, {
      topic: this.#target,
      ...(this.#partition !== undefined && { partition: this.#partition }),
      ...(this.#attempts > 1 && { attempts: this.#attempts }),
      ...(this.#lost > 0 && { lost_attempts: this.#lost }),
      ...fieldsOf(this.#span),
    });
  }

  get #attributes(): Attributes {
    return {
      [attribute.rpcSystem]: 'grpc',
      [attribute.rpcMethod]: this.#method,
      [attribute.serverAddress]: this.#target,
    };
  }
}

/** Whether the metadata is empty, as it is for most calls. Then it cannot carry a context. */
function isEmpty(metadata: Metadata): boolean {
  for (const _ in metadata.getMap()) return false;
  return true;
}

/**
 * Whether the active span is the span of this call. If it is, the code that made the span has put the span's context into the call's
 * metadata. If the span shows its kind, as the SDK's spans do, the kind must be CLIENT.
 */
function isCallsOwn(active: Span, metadata: Metadata): boolean {
  const [traceparent] = metadata.get('traceparent');
  if (traceparent === undefined) return false;
  const { traceId, spanId } = active.spanContext();
  if (!String(traceparent).includes(`-${traceId}-${spanId}-`)) return false;
  const { kind = SpanKind.CLIENT } = active as { kind?: SpanKind };
  return kind === SpanKind.CLIENT;
}
