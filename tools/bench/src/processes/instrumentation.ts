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
import type { OpenTelemetry } from '@wherry/otel';
import type { MetadataEntries, MetadataEntry } from '@wherry/wire';
import type { ReadCall, ServedCallObserver, ServerCallPropagator, WorkerInstrumentation } from '@wherry/worker';
import { percentiles } from '../load/latencies.js';
import type { Percentiles } from '../load/load.js';

/** Tracing by @wherry/otel with no SDK registered. */
export async function tracedWithoutSdk(): Promise<OpenTelemetry> {
  const { openTelemetry } = await import('@wherry/otel');
  return openTelemetry();
}

/** Tracing by @wherry/otel of one call in a hundred. */
export async function tracedAtOnePercent(): Promise<OpenTelemetry> {
  await registerSdkAtOnePercent();
  return tracedWithoutSdk();
}

/**
 * Tracing of one call in a hundred without @wherry/otel: a span at each side, made by hand, with its context between them. It
 * saves all the work that it can without looking into the SDK or the context, but makes a span at each side for every call.
 */
export async function tracedByHand(): Promise<ClientInstrumentation & WorkerInstrumentation> {
  await registerSdkAtOnePercent();
  const tracer = trace.getTracer('bench');
  return {
    channelMade: () => ({ propagates: true, callMade: (call) => new CallByHand(tracer, call) }),
    workerMade: () => ({ propagates: true, callRead: (call) => new ServedByHand(tracer, call) }),
  };
}

/** An SDK that samples one trace in a hundred. It makes and gathers spans but does not send them, as sending is not measured. */
async function registerSdkAtOnePercent(): Promise<void> {
  const { BatchSpanProcessor, NodeTracerProvider, ParentBasedSampler, TraceIdRatioBasedSampler } = await import(
    '@opentelemetry/sdk-trace-node'
  );
  const exporter = {
    export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
    shutdown: async () => undefined,
  };
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.01) });
  const spanProcessors = [new BatchSpanProcessor(exporter)];
  new NodeTracerProvider({ sampler, spanProcessors }).register();
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

/** Watches how long openings wait for others to share their record. */
export class PackingWatch implements ClientInstrumentation {
  readonly #started = new Map<string, number>();
  #waits: number[] = [];

  channelMade(): ReturnType<ClientInstrumentation['channelMade']> {
    return {
      callMade: () => this.#watch(),
      records: {
        sent: (_topic, _partition, frames) => {
          const now = performance.now();
          for (const { callId } of frames) {
            const start = this.#started.get(callId);
            if (start === undefined) continue;
            this.#waits.push(now - start);
            this.#started.delete(callId);
          }
        },
      },
    };
  }

  /** The waits of all openings sent since the last call. */
  take(): Percentiles {
    const waits = this.#waits;
    this.#waits = [];
    return percentiles(waits);
  }

  #watch(): CallObserver {
    let start = 0;
    return {
      started: () => {
        start = performance.now();
      },
      opening: (callId) => {
        this.#started.set(callId, start);
      },
      message: () => {},
      ended: () => {},
    };
  }
}
