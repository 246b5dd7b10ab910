import { propagation, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import type { CallObserver, ChannelObserver, InstrumentedChannel, MadeCall } from '@wherry/client';
import type { RecordObserver } from '@wherry/endpoint';
import { LiveMap } from '@wherry/endpoint/internal';
import type { LogRecord, RecordHeaders } from '@wherry/kafka';
import type { Begun, Frame, InboxAddress, Notice } from '@wherry/wire';
import { Attempts } from './attempts.js';
import { inEntries, w3cFields } from './carriers.js';
import { RecordLinks, startReceive, startSend } from './hops.js';
import type { Instances } from './instances.js';
import { attribute } from './semconv.js';
import { type RequestTracker, TracedClientCall, type Tracing } from './traced-client-call.js';

/** A request that is not answered yet, sent or still to be sent. */
class Request {
  /** The workers that said that they began the request; undefined until a worker says so. */
  attempts: Attempts | undefined;

  constructor(
    readonly call: TracedClientCall,
    readonly readyAt: number,
    readonly previousAttempts: number,
  ) {}
}

/** Follows one channel: its calls, and the records that carry them. */
export class ChannelTelemetry implements ChannelObserver, RequestTracker {
  readonly propagates = true;
  readonly #tracing: () => Tracing | undefined;
  readonly #instances: Instances;
  readonly records: RecordObserver;
  readonly #requests = new LiveMap<Request>();
  #channel: InstrumentedChannel | undefined;

  /** @param tracing returns undefined while no SDK is registered. */
  constructor(tracing: () => Tracing | undefined, instances: Instances, recordHeaders: boolean) {
    this.#tracing = tracing;
    this.#instances = instances;
    this.records = recordHeaders ? { ...this.#observer, headers: traceHeaders } : this.#observer;
  }

  opened(channel: InstrumentedChannel): void {
    this.#channel = channel;
    this.#instances.addChannel(channel);
  }

  closed(): void {
    if (this.#channel !== undefined) this.#instances.removeChannel(this.#channel);
  }

  callMade(call: MadeCall): CallObserver | undefined {
    const tracing = this.#tracing();
    return tracing && new TracedClientCall(tracing, call, this);
  }

  opening(call: TracedClientCall, callId: string, previousAttempts: number): void {
    const readyAt = this.#tracing()?.clock.now() ?? 0;
    this.#requests.set(callId, new Request(call, readyAt, previousAttempts));
  }

  forgotten(callId: string): void {
    this.#requests.delete(callId);
  }

  readonly #observer: RecordObserver = {
    sent: (topic, partition, frames) => {
      if (this.#requests.size > 0) this.#sent(topic, partition, frames);
    },
    received: (record, sender, frames, notices) => {
      if (this.#requests.size > 0) this.#received(record, sender, frames, notices);
    },
  };

  #sent(topic: string, partition: number, frames: readonly Frame[]): void {
    const tracing = this.#tracing();
    if (tracing === undefined) return;
    const links = new RecordLinks();
    const spans: Span[] = [];
    let calls: number | undefined;
    for (const { callId, open } of frames) {
      const request = open && this.#requests.get(callId);
      if (request === undefined) continue;
      calls ??= frames.reduce((count, frame) => (frame.open === undefined ? count : count + 1), 0);
      const { call, readyAt, previousAttempts } = request;
      call.sent(partition);
      const span = startSend(tracing.tracer, { topic, partition, calls }, readyAt, call.context);
      if (previousAttempts > 0) span.setAttribute(attribute.previousAttempts, previousAttempts);
      links.add(span);
      spans.push(span);
    }
    // A span takes no links after its end, so all spans end once every link is set.
    const now = tracing.clock.now();
    for (const span of spans) span.end(now);
  }

  #received(record: LogRecord, sender: InboxAddress, frames: readonly Frame[], notices: readonly Notice[]): void {
    const tracing = this.#tracing();
    if (tracing === undefined) return;
    for (const notice of notices) if (notice.kind === 'begun') this.#begun(notice, sender);
    const links = new RecordLinks();
    const now = tracing.clock.now();
    const accepted: Span[] = [];
    for (const { callId, accept, status } of frames) {
      if (!accept && status === undefined) continue;
      const request = this.#requests.get(callId);
      if (request === undefined) continue;
      const span = startReceive(tracing.tracer, record, now, request.call.context, {});
      links.add(span);
      if (request.attempts !== undefined) request.call.lost(request.attempts.answered(sender, span));
      if (status === undefined) accepted.push(span);
      else request.call.received(span);
    }
    for (const span of accepted) span.end(now);
  }

  /** A worker says that it began a request. */
  #begun({ callId, context }: Begun, sender: InboxAddress): void {
    const request = this.#requests.get(callId);
    if (request === undefined) return;
    const attempt = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, context, inEntries));
    request.attempts ??= new Attempts();
    request.call.lost(request.attempts.begun(sender, attempt));
  }
}

/** The W3C headers of a record that opens exactly one call, copied from that call's metadata; undefined for any other record. */
function traceHeaders(frames: readonly Frame[]): RecordHeaders | undefined {
  const [frame] = frames;
  if (frames.length !== 1 || frame?.open === undefined) return undefined;
  const headers = frame.open.metadata.flatMap(([key, value]) =>
    w3cFields.has(key) ? [[key, String(value)] as const] : [],
  );
  return headers.length === 0 ? undefined : headers;
}
