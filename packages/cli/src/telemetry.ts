import type { CallLogOptions, OpenTelemetry } from '@wherry/otel';
import type { TelemetryFlags } from './options/telemetry-options.js';
import type { Service } from './serve.js';

// The SDK and its exporters take longer to import than the rest of the command line together, so only a command that was asked for
// telemetry imports them.

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
    return start(callLog && (await import('@wherry/otel')).openTelemetry({ callLog }));
  }
  const { openTelemetry, startSdk } = await loadSdk();
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
  const { openTelemetry, startSdk } = await loadSdk();
  const end = await startSdk({ otlp, metricsPort: undefined }, name);
  try {
    return await use(openTelemetry());
  } finally {
    await end();
  }
}

async function loadSdk() {
  const [{ openTelemetry }, { startSdk }] = await Promise.all([import('@wherry/otel'), import('./telemetry-sdk.js')]);
  return { openTelemetry, startSdk };
}
