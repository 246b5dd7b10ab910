import { UsageError } from '../errors.js';
import { type JaegerClient, JaegerError } from './jaeger-client.js';
import { durationOf } from './picture.js';
import { startOf, type Trace } from './trace.js';

/** The traces that `last` and `--slowest` look at. */
export interface Where {
  /** Only traces with a span of this `service.name`; undefined for any. */
  readonly service: string | undefined;
  /** How many traces of a service, newest first. */
  readonly limit: number;
  readonly lookbackMs: number;
}

/**
 * Fetches the trace with this id.
 *
 * @throws {UsageError} if the text is no id.
 * @throws {JaegerError} if Jaeger does not have the trace.
 */
export async function findById(jaeger: JaegerClient, text: string): Promise<Trace> {
  const id = text.toLowerCase();
  if (!/^[0-9a-f]{1,32}$/.test(id) || /^0+$/.test(id)) {
    throw new UsageError(`${JSON.stringify(text)} is not a trace id (32 hexadecimal digits) or "last"`);
  }
  const trace = await jaeger.trace(id);
  if (trace !== undefined) return trace;
  throw new JaegerError(
    `Jaeger has no trace ${id}: it was not sampled, is not exported yet (programs send every few seconds), or was dropped`,
  );
}

/**
 * Fetches recent traces, newest first.
 *
 * @throws {JaegerError} if there are none.
 */
export async function findRecent(jaeger: JaegerClient, where: Where): Promise<Trace[]> {
  const services = where.service === undefined ? await jaeger.services() : [where.service];
  const { limit, lookbackMs } = where;
  const found = await Promise.all(services.map((service) => jaeger.find({ service, limit, lookbackMs })));
  // The search for each service finds a trace of several services again.
  const traces = [...new Map(found.flat().map((trace) => [trace.id, trace])).values()];
  if (traces.length === 0) throw new JaegerError(await nothingFound(jaeger, where, services));
  return traces.sort((a, b) => startOf(b) - startOf(a));
}

/** Sorts traces, slowest first. */
export function bySlowness(traces: readonly Trace[]): Trace[] {
  return [...traces].sort((a, b) => durationOf(b) - durationOf(a));
}

async function nothingFound(jaeger: JaegerClient, { service }: Where, services: readonly string[]): Promise<string> {
  if (service === undefined) {
    return services.length === 0
      ? 'Jaeger has no traces: give programs its address with --otlp, and make a call'
      : 'Jaeger has no traces that are this recent: look further back with --lookback';
  }
  const known = await jaeger.services();
  if (known.includes(service))
    return `Jaeger has no traces of ${service} that are this recent: look further back with --lookback`;
  return `Jaeger knows no service ${service}; it has ${known.length === 0 ? 'none' : known.sort().join(', ')}`;
}
