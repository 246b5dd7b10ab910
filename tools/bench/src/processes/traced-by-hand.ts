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
import type { CallHooks, ClientInstrumentation, MadeCall } from '@wherry/client';
import type { MetadataEntries, MetadataEntry } from '@wherry/wire';
import type { ReadCall, ServedCallHooks, WorkerInstrumentation } from '@wherry/worker';
import { registerSdkAtOnePercent } from './tracing.js';

/**
 * What traces a call with an SDK and nothing of @wherry/otel: a span at each side, made by hand, and its context between them.
 * It spares what can be spared without a look into the SDK or the context, but makes a span at each side for every call.
 */
export function tracedByHand(): ClientInstrumentation & WorkerInstrumentation {
  registerSdkAtOnePercent();
  const tracer = trace.getTracer('bench');
  return {
    channelMade: () => ({ callMade: (call) => new CallByHand(tracer, call) }),
    workerMade: () => ({ callRead: (call) => new ServedByHand(tracer, call) }),
  };
}

const intoEntries: TextMapSetter<MetadataEntry[]> = { set: (entries, key, value) => entries.push([key, value]) };
const fromEntries: TextMapGetter<MetadataEntries> = {
  keys: (entries) => entries.map(([key]) => key),
  get: (entries, key) => entries.find(([name]) => name === key)?.[1].toString(),
};

class CallByHand implements CallHooks {
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

  started(metadata: Metadata): Metadata {
    this.#span = this.#tracer.startSpan(this.#method, { kind: SpanKind.CLIENT });
    return metadata;
  }

  opening(): MetadataEntries {
    const entries: MetadataEntry[] = [];
    if (this.#span) propagation.inject(trace.setSpan(ROOT_CONTEXT, this.#span), entries, intoEntries);
    return entries;
  }

  message(): void {}

  ended(): void {
    this.#span?.end();
  }
}

class ServedByHand implements ServedCallHooks {
  readonly #span: Span;
  readonly #context: Context;

  constructor(tracer: Tracer, { method, metadata }: ReadCall) {
    const parent = propagation.extract(ROOT_CONTEXT, metadata, fromEntries);
    this.#span = tracer.startSpan(method, { kind: SpanKind.SERVER }, parent);
    this.#context = trace.setSpan(parent, this.#span);
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
