import { type Attributes, type Context, context, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { EndOfCall, ServerCallObserver, ServerCallPropagator } from '@wherry/worker';
import { MessageEvents } from './message-events.js';
import { attribute } from './semconv.js';
import { endAttributes, setEnd } from './status.js';
import type { Tracing } from './traced-client-call.js';

/** A call at its server: its server span. The handler runs in the context of that span. */
export class TracedServerCall implements ServerCallObserver, ServerCallPropagator {
  readonly #tracing: Tracing;
  readonly #method: string;
  readonly #span: Span;
  readonly #messages: MessageEvents | undefined;
  readonly #startedAt: number;
  /** The context in which the handler runs. */
  readonly context: Context;
  #over = false;

  constructor(tracing: Tracing, method: string, parent: Context) {
    const { tracer, clock, maxMessageEvents } = tracing;
    this.#tracing = tracing;
    this.#method = method.slice(1);
    this.#startedAt = clock.now();
    const attributes: Attributes = { [attribute.rpcSystem]: 'grpc', [attribute.rpcMethod]: this.#method };
    const options = { kind: SpanKind.SERVER, startTime: this.#startedAt, attributes };
    this.#span = tracer.startSpan(this.#method, options, parent);
    this.context = trace.setSpan(parent, this.#span);
    if (this.#span.isRecording()) this.#messages = new MessageEvents(clock, maxMessageEvents);
  }

  get propagator(): ServerCallPropagator {
    return this;
  }

  get recording(): boolean {
    return this.#span.isRecording();
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  get span(): Span {
    return this.#span;
  }

  /** Links the server span to the span that received the call. */
  link(span: Span): void {
    this.#span.addLink({ context: span.spanContext() });
  }

  run(callback: () => void): void {
    context.with(this.context, callback);
  }

  message(direction: 'sent' | 'received', message: unknown): void {
    this.#messages?.add(this.#span, direction, message);
  }

  /** Sets the call's status on its span. The span lasts until {@link finish}, when the reply has left. */
  ended({ code, details }: EndOfCall): void {
    if (this.#over) return;
    this.#over = true;
    const { clock, metrics } = this.#tracing;
    metrics?.serverEnded((clock.now() - this.#startedAt) / 1000, this.#method, endAttributes('server', code));
    setEnd(this.#span, 'server', code, details);
    this.#messages?.end(this.#span);
  }

  finish(): void {
    this.#span.end(this.#tracing.clock.now());
  }
}

/** A call at a server that replies over HTTP/2: its span ends together with the call. */
export class DirectServerCall extends TracedServerCall {
  #finished = false;

  override ended(status: EndOfCall): void {
    if (this.#finished) return;
    this.#finished = true;
    super.ended(status);
    this.finish();
  }
}
