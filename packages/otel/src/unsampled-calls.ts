import { type Context, propagation, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import type { MetadataEntries } from '@wherry/wire';
import { inEntries, w3cFields } from './carriers.js';

/** `00-`, 32 digits of the trace, 16 of the span, two of flags. */
const TRACEPARENT_LENGTH = 55;

/** Whether trace context is nothing but W3C's, so that {@link isUnsampled} can tell without the propagator. */
export function isContextW3c(): boolean {
  const fields = propagation.fields();
  return fields.includes('traceparent') && fields.every((field) => w3cFields.has(field));
}

/**
 * Whether the caller certainly decided not to sample the trace of a call that came with these, in W3C's form. Asked at every
 * call, so no digit is looked at: a `traceparent` that is wrong in them, and says that it is not sampled, is not.
 */
export function isUnsampled(metadata: MetadataEntries): boolean {
  for (const [key, value] of metadata) {
    if (key === 'traceparent') {
      return typeof value === 'string' && value.length === TRACEPARENT_LENGTH && value.endsWith('-00');
    }
  }
  return false;
}

/** Whether the caller's context says so, whatever form it came in. One that says nothing of a trace does not. */
export function isContextUnsampled(callers: Context): boolean {
  const span = trace.getSpanContext(callers);
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) === 0;
}

/** The context that a call came with, taken out of its metadata when somebody asks: of an unsampled call mostly nobody. */
export class CallersContext implements Context {
  readonly #metadata: MetadataEntries;
  #extracted: Context | undefined;

  constructor(metadata: MetadataEntries) {
    this.#metadata = metadata;
  }

  getValue(key: symbol): unknown {
    return this.#context.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#context.setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#context.deleteValue(key);
  }

  get #context(): Context {
    this.#extracted ??= propagation.extract(ROOT_CONTEXT, this.#metadata, inEntries);
    return this.#extracted;
  }
}
