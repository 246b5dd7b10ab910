import type { Metadata } from '@grpc/grpc-js';
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type TextMapGetter,
  type TextMapSetter,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { CallObserver, CallPropagator, ClientInstrumentation, MadeCall } from '@wherry/client';
import type { MetadataEntries, MetadataEntry } from '@wherry/wire';
import type { ReadCall, ServedCallObserver, ServerCallPropagator, WorkerInstrumentation } from '@wherry/worker';
import { registerSdkAtOnePercent } from './tracing.js';

/**
 * What traces a call with an SDK and nothing of @wherry/otel: a span at each side, made by hand, and its context between them.
 * It spares what can be spared without a look into the SDK or the context, but makes a span at each side for every call.
 */
export function tracedByHand(): ClientInstrumentation & WorkerInstrumentation {
  registerSdkAtOnePercent();
  const tracer = trace.getTracer('bench');
  return {
    channelMade: () => ({ propagates: true, callMade: (call) => new CallByHand(tracer, call) }),
    workerMade: () => ({ propagates: true, callRead: (call) => new ServedByHand(tracer, call) }),
  };
}

const intoEntries: TextMapSetter<MetadataEntry[]> = { set: (entries, key, value) => entries.push([key, value]) };
const fromEntries: TextMapGetter<MetadataEntries> = {
  keys: (entries) => entries.map(([key]) => key),
  get: (entries, key) => entries.find(([name]) => name === key)?.[1].toString(),
};

class CallByHand implements CallObserver, CallPropagator {
  readonly #tracer: Tracer;
  readonly #method: string;
  #span: Span | undefined;

  constructor(tracer: Tracer, { method }: MadeCall) {
    this.#tracer = tracer;
    this.#method = method;
  }

  get quiet(): boolean {
    return this.#span?.isRecording() === false;
  }

  get propagator(): CallPropagator {
    return this;
  }

  started(): void {
    this.#span = this.#tracer.startSpan(this.#method, { kind: SpanKind.CLIENT });
  }

  inject(metadata: Metadata): Metadata {
    return metadata;
  }

  get entries(): MetadataEntries {
    const entries: MetadataEntry[] = [];
    if (this.#span) propagation.inject(trace.setSpan(ROOT_CONTEXT, this.#span), entries, intoEntries);
    return entries;
  }

  message(): void {}

  ended(): void {
    this.#span?.end();
  }
}

class ServedByHand implements ServedCallObserver, ServerCallPropagator {
  readonly #span: Span;
  readonly #context: Context;

  constructor(tracer: Tracer, { method, metadata }: ReadCall) {
    const parent = propagation.extract(ROOT_CONTEXT, metadata, fromEntries);
    this.#span = tracer.startSpan(method, { kind: SpanKind.SERVER }, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }

  get propagator(): ServerCallPropagator {
    return this;
  }

  run(callback: () => void): void {
    context.with(this.#context, callback);
  }

  ended(): void {
    this.#span.end();
  }

  begun(): void {}
  message(): void {}
  replying(): void {}
  skipped(): void {}
  over(): void {}
}
