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

/** The spans of all programs of the example: kept, to be shown as a tree, and sent where `otlp` says. */
export class Tracing {
  readonly #kept = new InMemorySpanExporter();
  readonly #providers: NodeTracerProvider[] = [];
  readonly #otlp: string | undefined;

  /** @param otlp the base URL of an OTLP receiver over HTTP, such as Jaeger's `http://localhost:4318`. */
  constructor(otlp: string | undefined) {
    this.#otlp = otlp;
  }

  /** For one program, under its name. The first one's SDK is also that of the process, which carries the context along. */
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

  /** The calls of the newest trace, a line each, below the one that made them: who, what, how long. Spans of records are left out. */
  tree(): string[] {
    const spans = this.#kept.getFinishedSpans();
    const traceId = spans.at(-1)?.spanContext().traceId;
    const calls = spans.filter(
      (span) => span.spanContext().traceId === traceId && [SpanKind.CLIENT, SpanKind.SERVER].includes(span.kind),
    );
    return linesBelow(undefined, calls, 0);
  }

  /** Sends what is left. Nobody listening there is no failure. */
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
