import { randomUUID } from 'node:crypto';
import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, type MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { type CallLogOptions, type OpenTelemetry, openTelemetry } from '@wherry/otel';
import type { MetricsAddress, TelemetryFlags } from './options/telemetry-options.js';
import type { Service } from './serve.js';

/** How long an ended span waits to be sent. A process that is killed loses at most the spans of this time. */
const SPAN_DELAY_MS = 1000;
/** How long one export may take, retries included. A missing receiver delays the end of a command by at most this time. */
const SEND_TIMEOUT_MS = 2000;

/**
 * Starts a service, with an OpenTelemetry SDK if the flags ask for one. The SDK ends after the service.
 *
 * @param name the program's `service.name`, unless OTEL_SERVICE_NAME gives another.
 * @param callLog how to log calls; undefined: calls are not logged.
 * @throws Error if the metrics' port cannot be listened on.
 */
export async function withTelemetry<S extends Service>(
  flags: TelemetryFlags,
  name: string,
  callLog: CallLogOptions | undefined,
  start: (instrumentation: OpenTelemetry | undefined) => Promise<S>,
): Promise<Service> {
  if (flags.otlp === undefined && flags.metricsPort === undefined) {
    return start(callLog && openTelemetry({ callLog }));
  }
  const end = await startSdk(flags, name);
  try {
    const service = await start(openTelemetry({ callLog }));
    return {
      drain: () => service.drain().then(end),
      close: () => service.close().then(end),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** As {@link withTelemetry}, for a command that ends by itself. `use` gets the instrumentation of its calls. */
export async function traced<T>(
  { otlp }: Pick<TelemetryFlags, 'otlp'>,
  name: string,
  use: (instrumentation: OpenTelemetry | undefined) => Promise<T>,
): Promise<T> {
  if (otlp === undefined) return use(undefined);
  const end = await startSdk({ otlp, metricsPort: undefined }, name);
  try {
    return await use(openTelemetry());
  } finally {
    await end();
  }
}

/** @returns a function that sends the remaining spans and metrics, and ends the SDK. A missing receiver is no failure of the command. */
async function startSdk({ otlp, metricsPort }: TelemetryFlags, name: string): Promise<() => Promise<void>> {
  const resource = resourceOf(name);
  const readers: MetricReader[] = [];
  const ends: (() => Promise<void>)[] = [];
  if (metricsPort !== undefined) readers.push(await prometheus(metricsPort));
  if (otlp !== undefined) {
    readers.push(
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${otlp}/v1/metrics`, timeoutMillis: SEND_TIMEOUT_MS }),
      }),
    );
    const exporter = new OTLPTraceExporter({ url: `${otlp}/v1/traces`, timeoutMillis: SEND_TIMEOUT_MS });
    const spans = new BatchSpanProcessor(exporter, { scheduledDelayMillis: SPAN_DELAY_MS });
    const provider = new NodeTracerProvider({ resource, spanProcessors: [spans] });
    provider.register();
    ends.push(() => provider.shutdown());
  }
  const meters = new MeterProvider({ resource, readers });
  metrics.setGlobalMeterProvider(meters);
  ends.push(() => meters.shutdown());
  return async () => {
    await Promise.all(ends.map((end) => end().catch(() => undefined)));
  };
}

function resourceOf(name: string): Resource {
  return resourceFromAttributes({ 'service.name': name, 'service.instance.id': randomUUID() }).merge(
    detectResources({ detectors: [envDetector] }),
  );
}

async function prometheus({ host, port }: MetricsAddress): Promise<PrometheusExporter> {
  const exporter = new PrometheusExporter({ host, port, preventServerStart: true });
  try {
    await exporter.startServer();
  } catch (error) {
    throw new Error(`--metrics-port: cannot listen on ${host}:${port}: ${(error as Error).message}`, { cause: error });
  }
  return exporter;
}
