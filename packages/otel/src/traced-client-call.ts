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

/** What the calls of one program have in common. */
export interface Tracing {
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly metrics: CallMetrics | undefined;
  /** Where calls over Kafka have a line each. */
  readonly callLog: CallLog | undefined;
  readonly maxMessageEvents: number;
  /** Whether nothing is to be known of calls but their traces: nothing then of those that are not sampled. */
  readonly onlySampled: boolean;
  /** Whether trace context is W3C's alone, as it was when the first call was followed. */
  readonly w3c: boolean;
}

/** Follows the requests of a traced call on their way. */
export interface RequestTracker {
  opening(call: TracedClientCall, callId: string, previousAttempts: number): void;
  forgotten(callId: string): void;
}

/**
 * A call at its caller: its client span, and the trace context in its metadata. Where @opentelemetry/instrumentation-grpc
 * made that span already, this makes no other.
 */
export class TracedClientCall implements CallObserver, CallPropagator {
  readonly #tracing: Tracing;
  readonly #method: string;
  readonly #target: string;
  readonly #requests: RequestTracker | undefined;
  /** Of calls over Kafka: those that an egress makes have the line of their worker. */
  readonly #log: CallLog | undefined;
  readonly #callers = context.active();
  /** Outside of any context there is none to be kept, which spares most programs' calls this. */
  readonly run =
    this.#callers === ROOT_CONTEXT ? undefined : (callback: () => void) => context.with(this.#callers, callback);
  /** Its span, once it has started; none where that is not recorded and nobody else wants to know of the call. */
  #span: Span | undefined;
  /** Where the spans of its hops belong, where there will be any. */
  #context: Context | undefined;
  /** The context that travels with the call, if its span is ours. */
  #travelling: Context | undefined;
  /** The same, as it goes with each request over Kafka. */
  #entries: MetadataEntries | undefined;
  /** Whether the span is ours to end. */
  #own = false;
  #startedAt = 0;
  #messages: MessageEvents | undefined;
  /** The reply was read and is not delivered. */
  #receiving: Span | undefined;
  /** Where the last request went, and how many there were. */
  #partition: number | undefined;
  #attempts = 0;
  #lost = 0;

  constructor(tracing: Tracing, call: MadeCall, requests?: RequestTracker) {
    this.#tracing = tracing;
    this.#method = call.method.slice(1);
    this.#target = call.target;
    this.#requests = requests;
    this.#log = requests && tracing.callLog;
  }

  /** Where the spans of its hops belong. */
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
    // A clone, as the caller may use its metadata for other calls.
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

  /** A record with the end of the reply was read: `span` ends when it is delivered. */
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

  /** So many workers that began the call were lost before one answered. */
  lost(attempts: number): void {
    if (attempts <= this.#lost) return;
    this.#lost = attempts;
    this.#span?.setAttribute(attribute.lostAttempts, attempts);
  }

  /** A request left for this partition. */
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

/** As of most calls: there is no context to be looked for then. */
function isEmpty(metadata: Metadata): boolean {
  for (const _ in metadata.getMap()) return false;
  return true;
}

/**
 * Whether the active span is that of this very call: who made it put it into the call's metadata. Where the span shows its
 * kind, as those of the SDK do, that must be a client's.
 */
function isCallsOwn(active: Span, metadata: Metadata): boolean {
  const [traceparent] = metadata.get('traceparent');
  if (traceparent === undefined) return false;
  const { traceId, spanId } = active.spanContext();
  if (!String(traceparent).includes(`-${traceId}-${spanId}-`)) return false;
  const { kind = SpanKind.CLIENT } = active as { kind?: SpanKind };
  return kind === SpanKind.CLIENT;
}
