import { randomUUID } from 'node:crypto';
import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, type MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { type CallLogOptions, type OpenTelemetry, openTelemetry } from '@wherry/otel';
import type { Command } from 'commander';
import { argument } from './options.js';
import type { Service } from './serve.js';

/** What {@link addTelemetryOptions} puts into a command's options. */
export interface TelemetryFlags {
  readonly otlp: string | undefined;
  readonly metricsPort: MetricsAddress | undefined;
}

interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/** How soon a span that is over is sent: a process that is killed loses no more than that. */
const SPAN_DELAY_MS = 1000;
/** How long sending may take, tries and all: a receiver that is not there should not hold up the end for longer. */
const SEND_TIMEOUT_MS = 2000;

/** Adds the options of every command that can be traced and measured. */
export function addTelemetryOptions(command: Command): Command {
  return addOtlpOption(command).option(
    '--metrics-port <[host:]port>',
    'show metrics to Prometheus there, under /metrics (host: 127.0.0.1 unless given)',
    argument(parseMetricsAddress),
  );
}

/** Adds the option of a command that is over soon. */
export function addOtlpOption(command: Command): Command {
  return command.option(
    '--otlp <url>',
    'send traces and metrics there by OTLP over HTTP, such as http://localhost:4318; ' +
      "OpenTelemetry's variables (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER and so on) say more",
    argument(parseUrl),
  );
}

/**
 * Starts a service with an OpenTelemetry SDK as these flags ask for, and ends that behind it.
 *
 * @param name the program's `service.name`, where OTEL_SERVICE_NAME has no other.
 * @param callLog where calls have a line each; undefined: nowhere.
 * @throws Error where the metrics' port cannot be listened on.
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

/** The same for what is no service: `use` is given what follows its calls. */
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

/** @returns what sends all that is left, and ends the SDK. Nobody listening there is no failure of the command. */
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

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new RangeError(
      `${JSON.stringify(text)} is not the http URL of an OTLP receiver, such as http://localhost:4318`,
    );
  }
  return text.replace(/\/+$/, '');
}

function parseMetricsAddress(text: string): MetricsAddress {
  const [, host = '127.0.0.1', port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) < 1 || Number(port) > 65_535) {
    throw new RangeError(`${JSON.stringify(text)} is not a port from 1 to 65535, or HOST:PORT`);
  }
  return { host, port: Number(port) };
}
