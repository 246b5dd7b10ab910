import type { Command } from 'commander';
import { argument } from './option-parsers.js';

/** The options that {@link addTelemetryOptions} adds, as commander gives them. */
export interface TelemetryFlags {
  readonly otlp: string | undefined;
  readonly metricsPort: MetricsAddress | undefined;
}

/** Where Prometheus fetches metrics. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/** Adds the options of every command that runs until it is stopped and can be traced and measured. */
export function addTelemetryOptions(command: Command): Command {
  return addOtlpOption(command).option(
    '--metrics-port <[host:]port>',
    'serve metrics to Prometheus at this address, under /metrics (default host: 127.0.0.1)',
    argument(parseMetricsAddress),
  );
}

/** Adds the option of a short command that can be traced. */
export function addOtlpOption(command: Command): Command {
  return command.option(
    '--otlp <url>',
    'send traces and metrics to this URL by OTLP over HTTP, such as http://localhost:4318; ' +
      "OpenTelemetry's environment variables (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER and so on) apply",
    argument(parseUrl),
  );
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
