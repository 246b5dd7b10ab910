import { randomUUID } from 'node:crypto';
import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, type MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { MetricsAddress, TelemetryFlags } from './options/telemetry-options.js';

/** How long an ended span waits to be sent. A process that is killed loses at most the spans of this time. */
const SPAN_DELAY_MS = 1000;
/** How long one export may take, retries included. A missing receiver delays the end of a command by at most this time. */
const SEND_TIMEOUT_MS = 2000;

/**
 * Starts an OpenTelemetry SDK for the process.
 *
 * @param name the program's `service.name`, unless OTEL_SERVICE_NAME gives another.
 * @returns a function that sends the remaining spans and metrics, and ends the SDK. A missing receiver is no failure of the command.
 * @throws Error if the metrics' port cannot be listened on.
 */
export async function startSdk({ otlp, metricsPort }: TelemetryFlags, name: string): Promise<() => Promise<void>> {
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
