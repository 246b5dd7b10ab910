import {
  createNoopMeter,
  type Meter,
  type MeterProvider,
  metrics,
  ProxyTracerProvider,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

const NAME = '@wherry/otel';
const VERSION = '0.1.0';

/** The user's tracer and meter: those of the options, or the global ones as soon as they are registered. */
export class Providers {
  readonly #tracers: TracerProvider | undefined;
  readonly #meters: MeterProvider | undefined;
  #tracer: Tracer | undefined;
  #meter: Meter | undefined;

  constructor(tracers: TracerProvider | undefined, meters: MeterProvider | undefined) {
    this.#tracers = tracers;
    this.#meters = meters;
  }

  /** Undefined while no SDK is registered. */
  get tracer(): Tracer | undefined {
    if (this.#tracer !== undefined) return this.#tracer;
    const provider = this.#tracers ?? trace.getTracerProvider();
    if (provider instanceof ProxyTracerProvider && provider.getDelegateTracer(NAME) === undefined) return undefined;
    this.#tracer = provider.getTracer(NAME, VERSION);
    return this.#tracer;
  }

  /** Undefined while no SDK is registered. */
  get meter(): Meter | undefined {
    if (this.#meter !== undefined) return this.#meter;
    const meter = (this.#meters ?? metrics.getMeterProvider()).getMeter(NAME, VERSION);
    if (meter.constructor === createNoopMeter().constructor) return undefined;
    this.#meter = meter;
    return meter;
  }
}
