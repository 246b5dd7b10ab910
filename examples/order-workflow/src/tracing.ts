import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { type OpenTelemetry, openTelemetry } from '@wherry/otel';

/** Keeps the spans of all services of the example, to show them as a tree, and sends them to the receiver at `otlp`. */
export class Tracing {
  readonly #kept = new InMemorySpanExporter();
  readonly #providers: NodeTracerProvider[] = [];
  readonly #otlp: string | undefined;

  /** @param otlp the base URL of an OTLP receiver over HTTP, such as Jaeger's `http://localhost:4318`. */
  constructor(otlp: string | undefined) {
    this.#otlp = otlp;
  }

  /** Makes the tracing of one service. The SDK of the first one is also that of the process, which passes the context on. */
  readonly of = (service: string): OpenTelemetry => {
    const processors: SpanProcessor[] = [new SimpleSpanProcessor(this.#kept)];
    if (this.#otlp !== undefined) {
      const url = `${this.#otlp.replace(/\/+$/, '')}/v1/traces`;
      processors.push(new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: 2000 })));
    }
    const tracerProvider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': service }),
      spanProcessors: processors,
    });
    if (this.#providers.length === 0) tracerProvider.register();
    this.#providers.push(tracerProvider);
    return openTelemetry({ tracerProvider });
  };

  /** Returns one line for each call of the newest trace, below the call that made it: service, method, duration. Leaves out spans of records. */
  tree(): string[] {
    const spans = this.#kept.getFinishedSpans();
    const traceId = spans.at(-1)?.spanContext().traceId;
    const calls = spans.filter(
      (span) => span.spanContext().traceId === traceId && [SpanKind.CLIENT, SpanKind.SERVER].includes(span.kind),
    );
    return linesBelow(undefined, calls, 0);
  }

  /** Sends the remaining spans. A missing receiver is no failure. */
  async end(): Promise<void> {
    for (const provider of this.#providers) await provider.shutdown().catch(() => undefined);
  }
}

function linesBelow(parent: string | undefined, spans: readonly ReadableSpan[], depth: number): string[] {
  return spans
    .filter((span) => span.parentSpanContext?.spanId === parent)
    .sort((a, b) => milliseconds(a.startTime) - milliseconds(b.startTime))
    .flatMap((span) => [lineOf(span, depth), ...linesBelow(span.spanContext().spanId, spans, depth + 1)]);
}

function lineOf({ name, kind, resource, duration, attributes }: ReadableSpan, depth: number): string {
  const what = `${'  '.repeat(depth)}${kind === SpanKind.CLIENT ? 'calls' : 'answers'} ${name}`;
  const status = attributes['rpc.response.status_code'] ?? '';
  const service = String(resource.attributes['service.name']);
  return `${service.padEnd(10)}${what.padEnd(52)}${milliseconds(duration).toFixed(1).padStart(8)} ms  ${status}`;
}

function milliseconds([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
