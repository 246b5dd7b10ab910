import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { attribute, durationBuckets, metric } from './semconv.js';

/** How many methods get separate measurements. The limit is needed because the callers of a gateway may ask for any name. */
const MAX_METHODS = 1000;
/** The conventions' name for all methods without separate measurements. */
const OTHER = '_OTHER';

/** The instruments that record a value at each call. */
export class CallMetrics {
  readonly #clientDuration: Histogram;
  readonly #serverDuration: Histogram;
  readonly #queueWait: Histogram;
  readonly #redelivered: Counter;
  readonly #methods = new Set<string>();

  constructor(meter: Meter) {
    const advice = { explicitBucketBoundaries: durationBuckets };
    this.#clientDuration = meter.createHistogram(metric.clientDuration, {
      description: 'Duration of outgoing calls',
      unit: 's',
      advice,
    });
    this.#serverDuration = meter.createHistogram(metric.serverDuration, {
      description: 'Duration of incoming calls, from the start of the handler',
      unit: 's',
      advice,
    });
    this.#queueWait = meter.createHistogram(metric.queueWait, {
      description: 'How long a request was in its topic before a worker read it',
      unit: 's',
      advice,
    });
    this.#redelivered = meter.createCounter(metric.redeliveredCalls, {
      description: 'Calls in records that were written before the worker got their partition',
    });
  }

  /** Methods are named `package.Service/Method`. */
  clientEnded(seconds: number, method: string, target: string, end: Attributes): void {
    this.#clientDuration.record(seconds, { ...this.#ofMethod(method), [attribute.serverAddress]: target, ...end });
  }

  serverEnded(seconds: number, method: string, end: Attributes): void {
    this.#serverDuration.record(seconds, { ...this.#ofMethod(method), ...end });
  }

  callRead(waitMs: number | undefined, group: string, mayBeRedelivered: boolean): void {
    const attributes = { [attribute.destination]: group };
    if (waitMs !== undefined) this.#queueWait.record(waitMs / 1000, attributes);
    if (mayBeRedelivered) this.#redelivered.add(1, attributes);
  }

  #ofMethod(method: string): Attributes {
    const known = this.#methods.has(method) || (this.#methods.size < MAX_METHODS && this.#methods.add(method));
    return { [attribute.rpcSystem]: 'grpc', [attribute.rpcMethod]: known ? method : OTHER };
  }
}
