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

/** What {@link openTelemetry} takes. */
export interface OpenTelemetryOptions {
  /** Whose spans. Default: the global one, as it is when the first call is made. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Whose metrics. Default: the global one, as it is when a channel or a worker is opened. */
  readonly meterProvider?: MeterProvider | undefined;
  /** How many messages of a stream are events of its span, at each side. Default 64. */
  readonly maxMessageEvents?: number | undefined;
  /**
   * Whether a record that opens one call has its trace context in headers too, for other tools that trace Kafka. It costs about
   * as much as all the rest of the record. Default false.
   */
  readonly recordHeaders?: boolean | undefined;
  /** A line for each call over Kafka, at its caller and at its worker, with the ids of its trace. Default: none. */
  readonly callLog?: CallLogOptions | undefined;
}

/**
 * Traces and metrics of Wherry's calls, by the user's own OpenTelemetry SDK. Goes as `instrumentation` into whatever makes or
 * takes calls: `createChannel`, `createWorker`, `createGateway`, `createEgress`. One serves all of a process.
 *
 * Register the SDK first. Without one it does nothing but log calls, where it is asked to.
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

  /** A call to a gRPC server, as an egress makes it. */
  outboundCall(call: MadeCall): CallObserver | undefined {
    const tracing = this.#current;
    return tracing && new TracedClientCall(tracing, call);
  }

  /**
   * A call that came to a gRPC server, as a gateway takes it; undefined where @opentelemetry/instrumentation-grpc follows it
   * already.
   */
  inboundCall(method: string, metadata: Metadata): ServerCallObserver | undefined {
    const tracing = this.#current;
    if (tracing === undefined || isServers(trace.getActiveSpan())) return undefined;
    return new DirectServerCall(tracing, method, propagation.extract(context.active(), metadata, inMetadata));
  }

  /** Undefined while there is no SDK. One that gives metrics alone has spans that are not recorded. */
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
