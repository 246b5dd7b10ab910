import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { type OpenTelemetry, openTelemetry } from '@wherry/otel';

/** The tracing of a program. */
export interface Tracing {
  /** An option for channels, gateways and workers; undefined if nothing is traced. */
  readonly instrumentation: OpenTelemetry | undefined;
  /** Sends the remaining spans. A missing receiver is no failure. */
  end(): Promise<void>;
}

/** How long an ended span waits to be sent. A worker that is killed loses at most the spans of this time. */
const SPAN_DELAY_MS = 500;
/** How long sending may take. A missing receiver delays the end of a program by at most this time. */
const SEND_TIMEOUT_MS = 2000;

/** Sends the spans of this process to an OTLP receiver (`http://HOST:PORT`), if `otlp` names one. */
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

/** @throws TypeError if it is not the URL of an OTLP receiver. */
export function checkOtlp(otlp: string | undefined): string | undefined {
  if (otlp === undefined || /^https?:\/\/.+/.test(otlp)) return otlp;
  throw new TypeError(`--otlp is ${otlp}; it must be a URL such as http://localhost:4318`);
}
