import type { Metadata } from '@grpc/grpc-js';
import {
  context,
  type MeterProvider,
  propagation,
  type Span,
  SpanKind,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { CallObserver, ChannelObserver, ClientInstrumentation, MadeCall } from '@wherry/client';
import type { ServerCallObserver, WorkerInstrumentation, WorkerObserver } from '@wherry/worker';
import { CallLog, type CallLogOptions } from './call-log.js';
import { inMetadata } from './carriers.js';
import { ChannelTelemetry } from './channel-telemetry.js';
import { Clock } from './clock.js';
import { Instances } from './instances.js';
import { CallMetrics } from './metrics.js';
import { Providers } from './providers.js';
import { TracedClientCall, type Tracing } from './traced-client-call.js';
import { DirectServerCall } from './traced-server-call.js';
import { isContextW3c } from './unsampled-calls.js';
import { WorkerTelemetry } from './worker-telemetry.js';

/** The options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Makes the spans. Default: the global provider, as it is when the first call is made. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Makes the metrics. Default: the global provider, as it is when a channel or a worker is opened. */
  readonly meterProvider?: MeterProvider | undefined;
  /** How many messages of a stream become events of its span, at each side. Default 64. */
  readonly maxMessageEvents?: number | undefined;
  /**
   * Whether a record that opens exactly one call has that call's trace context in its headers too, for other tools that trace Kafka. The
   * headers cost about as much as all the rest of the record. Default false.
   */
  readonly recordHeaders?: boolean | undefined;
  /** Logs a line for each call over Kafka, at its caller and at its worker, with the ids of its trace. Default: no call is logged. */
  readonly callLog?: CallLogOptions | undefined;
}

/**
 * Makes traces and metrics of Wherry's calls with your own OpenTelemetry SDK. Pass the result as the option `instrumentation` to
 * `createChannel`, `createWorker`, `createGateway` or `createEgress`. One object serves a whole process.
 *
 * Register the SDK first. Without an SDK, this only logs calls, and only if `callLog` is set.
 *
 * @throws TypeError if `maxMessageEvents` is not a whole number.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): OpenTelemetry {
  return new OpenTelemetry(options);
}

/** Made by {@link openTelemetry}. */
export class OpenTelemetry implements ClientInstrumentation, WorkerInstrumentation {
  readonly #providers: Providers;
  readonly #maxMessageEvents: number;
  readonly #recordHeaders: boolean;
  readonly #clock = new Clock();
  readonly #instances: Instances;
  readonly #callLog: CallLog | undefined;
  #tracing: Tracing | undefined;

  /** @internal Use {@link openTelemetry}. */
  constructor(options: OpenTelemetryOptions) {
    const { tracerProvider, meterProvider, maxMessageEvents = 64, recordHeaders = false, callLog } = options;
    if (!Number.isInteger(maxMessageEvents) || maxMessageEvents < 0) {
      throw new TypeError(`maxMessageEvents is ${maxMessageEvents}; it must be a whole number, 0 for none`);
    }
    this.#providers = new Providers(tracerProvider, meterProvider);
    this.#maxMessageEvents = maxMessageEvents;
    this.#recordHeaders = recordHeaders;
    this.#callLog = callLog && new CallLog(callLog);
    this.#instances = new Instances(() => this.#providers.meter);
  }

  channelMade(): ChannelObserver {
    return new ChannelTelemetry(() => this.#current, this.#instances, this.#recordHeaders);
  }

  workerMade(): WorkerObserver {
    return new WorkerTelemetry(() => this.#current, this.#instances);
  }

  /** Follows a call that an egress makes to a gRPC server. */
  outboundCall(call: MadeCall): CallObserver | undefined {
    const tracing = this.#current;
    return tracing && new TracedClientCall(tracing, call);
  }

  /**
   * Follows a call that a gateway takes as a gRPC server. Returns undefined if @opentelemetry/instrumentation-grpc follows the call
   * already.
   */
  inboundCall(method: string, metadata: Metadata): ServerCallObserver | undefined {
    const tracing = this.#current;
    if (tracing === undefined || isServers(trace.getActiveSpan())) return undefined;
    return new DirectServerCall(tracing, method, propagation.extract(context.active(), metadata, inMetadata));
  }

  /** Undefined while no SDK is registered and no call is logged. If the SDK gives metrics alone, spans are made but not recorded. */
  get #current(): Tracing | undefined {
    if (this.#tracing !== undefined) return this.#tracing;
    const { tracer, meter } = this.#providers;
    if (tracer === undefined && meter === undefined && this.#callLog === undefined) return undefined;
    const metrics = meter && new CallMetrics(meter);
    const tracing = {
      tracer: tracer ?? trace.getTracer('@wherry/otel'),
      clock: this.#clock,
      metrics,
      callLog: this.#callLog,
      maxMessageEvents: this.#maxMessageEvents,
      onlySampled: metrics === undefined && this.#callLog === undefined,
      w3c: isContextW3c(),
    };
    this.#tracing = tracing;
    return tracing;
  }
}

function isServers(span: Span | undefined): boolean {
  return span !== undefined && (span as { kind?: SpanKind }).kind === SpanKind.SERVER;
}
