import { type Context, propagation, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import type { MetadataEntries } from '@wherry/wire';
import { inEntries, w3cFields } from './carriers.js';

/** `00`, 32 digits of the trace, 16 of the span and two of flags, with dashes between them. */
const TRACEPARENT_LENGTH = 55;

/** Whether W3C's trace context is the only form in use, so that {@link isUnsampled} can decide without the propagator. */
export function isContextW3c(): boolean {
  const fields = propagation.fields();
  return fields.includes('traceparent') && fields.every((field) => w3cFields.has(field));
}

/**
 * Whether this metadata says, in W3C's form, that the caller did not sample the call's trace. It runs at every call, so it does not check
 * the digits of the ids: a `traceparent` with wrong ids whose flags say "not sampled" counts as not sampled.
 */
export function isUnsampled(metadata: MetadataEntries): boolean {
  for (const [key, value] of metadata) {
    if (key === 'traceparent') {
      return typeof value === 'string' && value.length === TRACEPARENT_LENGTH && value.endsWith('-00');
    }
  }
  return false;
}

/** Whether the caller's context, in any form, says that its trace is not sampled. False for a context without a trace. */
export function isContextUnsampled(callers: Context): boolean {
  const span = trace.getSpanContext(callers);
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) === 0;
}

/** The context that a call came with. It is extracted from the metadata at first use, because few unsampled calls ever use it. */
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
