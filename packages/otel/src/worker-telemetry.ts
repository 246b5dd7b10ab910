import { type Context, context, propagation, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { LogFields, RecordObserver } from '@wherry/endpoint';
import { LiveMap } from '@wherry/endpoint/internal';
import type { LogRecord } from '@wherry/kafka';
import type { Frame, MetadataEntries, MetadataEntry } from '@wherry/wire';
import type {
  EndOfCall,
  InstrumentedWorker,
  ReadCall,
  ServedCallObserver,
  ServerCallPropagator,
  WorkerObserver,
} from '@wherry/worker';
import { fieldsOf, traceFieldsOf } from './call-log.js';
import { inEntries, intoEntries } from './carriers.js';
import { RecordLinks, type SentRecord, startReceive, startSend, waitOf } from './hops.js';
import type { Instances } from './instances.js';
import { attribute } from './semconv.js';
import type { Tracing } from './traced-client-call.js';
import { TracedServerCall } from './traced-server-call.js';
import { CallersContext, isContextUnsampled, isUnsampled } from './unsampled-calls.js';

/** Follows one worker: its calls, and the records that carry them. */
export class WorkerTelemetry implements WorkerObserver {
  readonly propagates = true;
  readonly #tracing: () => Tracing | undefined;
  readonly #instances: Instances;
  /** Calls with a part of their reply still to be sent. */
  readonly #replies = new LiveMap<WorkedCall>();
  /** The record that is being read, and the links between the spans of its calls. */
  #reading: { readonly record: LogRecord; readonly links: RecordLinks } | undefined;
  #worker: InstrumentedWorker | undefined;

  /** @param tracing returns undefined while no SDK is registered. */
  constructor(tracing: () => Tracing | undefined, instances: Instances) {
    this.#tracing = tracing;
    this.#instances = instances;
  }

  opened(worker: InstrumentedWorker): void {
    this.#worker = worker;
    this.#instances.addWorker(worker);
  }

  closed(): void {
    if (this.#worker !== undefined) this.#instances.removeWorker(this.#worker);
  }

  callRead(call: ReadCall): ServedCallObserver | undefined {
    const tracing = this.#tracing();
    if (tracing === undefined) return undefined;
    // If the caller did not sample the trace, the worker does not sample it either. So each trace has one decision, and this check costs
    // little.
    if (tracing.onlySampled && tracing.w3c && isUnsampled(call.metadata)) {
      return new UnsampledCall(new CallersContext(call.metadata));
    }
    const parent = propagation.extract(ROOT_CONTEXT, call.metadata, inEntries);
    const unsampled = isContextUnsampled(parent);
    if (tracing.onlySampled && unsampled) return new UnsampledCall(parent);
    const now = tracing.clock.now();
    tracing.metrics?.callRead(waitOf(call.record.timestamp, now), call.group, call.mayBeRedelivered);
    const receive = unsampled ? undefined : this.#receive(tracing, call, parent, now);
    return new WorkedCall(tracing, call, parent, receive, this.#replies);
  }

  readonly records: RecordObserver = {
    sent: (topic, partition, frames) => {
      if (this.#replies.size > 0) this.#sent(topic, partition, frames);
    },
  };

  #receive({ tracer }: Tracing, call: ReadCall, parent: Context, now: number): Span {
    const { record, group, callsInRecord, mayBeRedelivered } = call;
    const span = startReceive(tracer, record, now, parent, { [attribute.group]: group });
    if (!span.isRecording()) return span;
    if (mayBeRedelivered) span.setAttribute(attribute.mayBeRedelivered, true);
    if (callsInRecord > 1) {
      span.setAttribute(attribute.batchCount, callsInRecord);
      if (this.#reading?.record !== record) this.#reading = { record, links: new RecordLinks() };
      this.#reading.links.add(span);
    }
    return span;
  }

  #sent(topic: string, partition: number, frames: readonly Frame[]): void {
    const links = new RecordLinks();
    const left: (() => void)[] = [];
    let calls: number | undefined;
    for (const { callId, accept, status } of frames) {
      if (!accept && status === undefined) continue;
      const call = this.#replies.get(callId);
      if (call === undefined) continue;
      calls ??= callsOf(frames);
      const span = call.sending({ topic, partition, calls });
      if (span === undefined) continue;
      links.add(span);
      left.push(() => call.sent(span, status !== undefined));
    }
    // A span takes no links after its end, so all spans end once every link is set.
    for (const ended of left) ended();
  }
}

/**
 * A call whose trace the caller did not sample. Used if neither metrics nor a call log are on. The calls that its handler makes are not
 * sampled either.
 */
class UnsampledCall implements ServedCallObserver, ServerCallPropagator {
  readonly #context: Context;

  constructor(parent: Context) {
    this.#context = parent;
  }

  get propagator(): ServerCallPropagator {
    return this;
  }

  get logFields(): LogFields {
    return traceFieldsOf(trace.getSpanContext(this.#context));
  }

  run(callback: () => void): void {
    context.with(this.#context, callback);
  }

  begun(): void {}
  message(): void {}
  replying(): void {}
  ended(): void {}
  skipped(): void {}
  over(): void {}
}

/** How many calls have a frame in a record. A stream may have several frames there. */
function callsOf(frames: readonly Frame[]): number {
  const calls = new Set<string>();
  for (const { callId } of frames) calls.add(callId);
  return calls.size;
}

/** A call at its worker, from when it was read until its reply has left. */
class WorkedCall implements ServedCallObserver, ServerCallPropagator {
  readonly #tracing: Tracing;
  readonly #call: ReadCall;
  readonly #parent: Context;
  readonly #replies: LiveMap<WorkedCall>;
  #receive: Span | undefined;
  #server: TracedServerCall | undefined;
  /** When the latest part of the reply was ready to be sent. */
  #readyAt = 0;
  /** How long the request waited in its topic, in milliseconds; undefined if calls are not logged. */
  readonly #waited: number | undefined;
  #ended = false;
  attempt: (() => MetadataEntries | undefined) | undefined;

  constructor(
    tracing: Tracing,
    call: ReadCall,
    parent: Context,
    receive: Span | undefined,
    replies: LiveMap<WorkedCall>,
  ) {
    this.#tracing = tracing;
    this.#call = call;
    this.#parent = parent;
    this.#receive = receive;
    this.#replies = replies;
    this.#waited = tracing.callLog && waitOf(call.record.timestamp, Math.round(tracing.clock.now()));
  }

  begun(): void {
    const receive = this.#receive;
    // If the caller sent no trace context, the span that received the call is the root of the trace.
    const untraced = trace.getSpanContext(this.#parent) === undefined && receive !== undefined;
    const parent = untraced ? trace.setSpan(this.#parent, receive) : this.#parent;
    if (receive?.isRecording() && !untraced) this.attempt = () => contextOf(receive);
    receive?.end(this.#tracing.clock.now());
    this.#receive = undefined;
    this.#server = new TracedServerCall(this.#tracing, this.#call.method, parent);
    if (receive !== undefined) this.#server.link(receive);
  }

  get propagator(): ServerCallPropagator {
    return this;
  }

  /** The fields of the call's server span, or those of the caller's context before the handler begins. */
  get logFields(): LogFields {
    return this.#server === undefined ? traceFieldsOf(trace.getSpanContext(this.#parent)) : fieldsOf(this.#server.span);
  }

  get #method(): string {
    return this.#call.method.slice(1);
  }

  get #recordFields(): LogFields {
    const { topic, partition, offset } = this.#call.record;
    return { topic, partition, offset, ...(this.#waited !== undefined && { queue_wait_ms: this.#waited }) };
  }

  skipped(why: 'expired' | 'cancelled' | 'left'): void {
    const receive = this.#receive;
    this.#tracing.callLog?.skipped(this.#method, why, { ...this.#recordFields, ...fieldsOf(receive) });
    if (receive === undefined) return;
    this.#receive = undefined;
    receive.setAttribute(attribute.skipped, why);
    if (why !== 'left') {
      receive.setAttribute(attribute.errorType, why === 'expired' ? 'DEADLINE_EXCEEDED' : 'CANCELLED');
      receive.setStatus({ code: SpanStatusCode.ERROR, message: `${why} before its handler began` });
    }
    receive.end(this.#tracing.clock.now());
  }

  run(callback: () => void): void {
    if (this.#server === undefined) callback();
    else this.#server.run(callback);
  }

  message(direction: 'sent' | 'received', message: unknown): void {
    this.#server?.message(direction, message);
    const { callLog } = this.#tracing;
    if (callLog?.payloads) callLog.message('server', this.#method, direction, message, this.logFields);
  }

  replying(): void {
    if (this.#server?.recording !== true) return;
    this.#readyAt = this.#tracing.clock.now();
    this.#replies.set(this.#call.callId, this);
  }

  ended(status: EndOfCall): void {
    this.#readyAt = this.#tracing.clock.now();
    this.#log(status);
    this.#server?.ended(status);
  }

  #log({ code, details }: EndOfCall): void {
    const { callLog } = this.#tracing;
    if (callLog === undefined || this.#ended) return;
    this.#ended = true;
    const fields = { ...this.#recordFields, ...this.logFields };
    const begunAt = this.#server?.startedAt ?? this.#readyAt;
    callLog.ended('server', this.#method, code, details, this.#readyAt - begunAt, fields);
  }

  over(replied: boolean): void {
    if (replied && this.#replies.get(this.#call.callId) !== undefined) return; // sent() finishes, once the record has left
    this.#finish();
  }

  /** Starts the span of a record with a part of the reply. */
  sending(record: SentRecord): Span | undefined {
    return this.#server && startSend(this.#tracing.tracer, record, this.#readyAt, this.#server.context);
  }

  /** The record of that span left. `last`: the record ends the reply. */
  sent(span: Span, last: boolean): void {
    span.end(this.#tracing.clock.now());
    if (last) this.#finish();
  }

  #finish(): void {
    this.#replies.delete(this.#call.callId);
    this.#server?.finish();
    this.#server = undefined;
  }
}

/** The context of the span that received a call. The handler's span is not used, because it is never exported if the worker dies. */
function contextOf(receive: Span): MetadataEntries | undefined {
  const entries: MetadataEntry[] = [];
  propagation.inject(trace.setSpan(ROOT_CONTEXT, receive), entries, intoEntries);
  return entries.length === 0 ? undefined : entries;
}
