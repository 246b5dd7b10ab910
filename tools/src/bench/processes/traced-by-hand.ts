import type { Metadata, StatusObject } from '@grpc/grpc-js';
import { type Context, context, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { CallHooks, ClientInstrumentation, MadeCall } from '@wherry/client';
import type { ReadCall, ServedCallHooks, WorkerInstrumentation } from '@wherry/worker';
import { registerSdkAtOnePercent } from './tracing.js';

/**
 * The least that traces a call with an SDK, as one would write it by hand: a span at each side, and its context between
 * them. What sampling costs beyond this is Wherry's.
 */
export function tracedByHand(): ClientInstrumentation & WorkerInstrumentation {
  registerSdkAtOnePercent();
  return {
    channelMade: () => ({ callMade: (call) => new CallByHand(call) }),
    workerMade: () => ({ callRead: (call) => new ServedByHand(call) }),
  };
}

class CallByHand implements CallHooks {
  readonly quiet = false;
  readonly #method: string;
  #span: Span | undefined;

  constructor({ method }: MadeCall) {
    this.#method = method;
  }

  started(metadata: Metadata): Metadata {
    this.#span = trace.getTracer('bench').startSpan(this.#method, { kind: SpanKind.CLIENT });
    const sent = metadata.clone();
    propagation.inject(trace.setSpan(context.active(), this.#span), sent, {
      set: (carrier, key, value) => carrier.set(key, value),
    });
    return sent;
  }

  message(): void {}

  ended(_status: StatusObject): void {
    this.#span?.end();
  }
}

class ServedByHand implements ServedCallHooks {
  readonly #span: Span;
  readonly #context: Context;

  constructor({ method, metadata }: ReadCall) {
    const parent = propagation.extract(ROOT_CONTEXT, metadata, {
      keys: (entries) => entries.map(([key]) => key),
      get: (entries, key) => entries.find(([name]) => name === key)?.[1]?.toString(),
    });
    this.#span = trace.getTracer('bench').startSpan(method, { kind: SpanKind.SERVER }, parent);
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
