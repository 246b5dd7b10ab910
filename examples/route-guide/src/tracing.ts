import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { type OpenTelemetry, openTelemetry } from '@wherry/otel';

/** A program's tracing. */
export interface Tracing {
  /** Goes into whatever makes or takes calls; undefined where nothing is traced. */
  readonly instrumentation: OpenTelemetry | undefined;
  /** Sends what is left. Nobody listening there is no failure. */
  end(): Promise<void>;
}

/** How soon a span that is over is sent: a worker that is killed loses no more than that. */
const SPAN_DELAY_MS = 500;
/** How long sending may take, so that a receiver that is not there holds up nobody. */
const SEND_TIMEOUT_MS = 2000;

/** Sends the spans of this process to an OTLP receiver (`http://HOST:PORT`), if one is given. */
export function startTracing(serviceName: string, otlp: string | undefined): Tracing {
  if (otlp === undefined) return { instrumentation: undefined, end: async () => undefined };
  const url = `${otlp.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: SEND_TIMEOUT_MS });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.instance.id': String(process.pid) }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: SPAN_DELAY_MS })],
  });
  provider.register();
  return { instrumentation: openTelemetry(), end: () => provider.shutdown().catch(() => undefined) };
}

/** @throws TypeError for what is no URL of an OTLP receiver. */
export function checkOtlp(otlp: string | undefined): string | undefined {
  if (otlp === undefined || /^https?:\/\/.+/.test(otlp)) return otlp;
  throw new TypeError(`--otlp is ${otlp}; it must be a URL such as http://localhost:4318`);
}
