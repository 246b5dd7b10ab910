import { type Context, context, propagation, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { type OpenTelemetry, openTelemetry } from '@wherry/otel';
import type { ExecutionContext } from 'ava';

/** What of a span the tests look at: as an SDK has it, or as it was read back from where it was exported to. */
export type TraceSpan = Pick<
  ReadableSpan,
  | 'name'
  | 'kind'
  | 'spanContext'
  | 'parentSpanContext'
  | 'startTime'
  | 'endTime'
  | 'status'
  | 'attributes'
  | 'links'
  | 'events'
>;

/** The spans of one program: those that have begun and are not over, and those that are over. */
export class Traces implements SpanProcessor {
  readonly provider: NodeTracerProvider;
  readonly instrumentation: OpenTelemetry;
  readonly ended: ReadableSpan[] = [];
  /** Spans that are not over, and their traces. */
  readonly #open = new Map<string, string>();
  #waiting: { until: () => boolean; resolve: () => void }[] = [];

  constructor(
    options: { sampler?: Sampler; maxMessageEvents?: number; exporter?: SpanExporter; service?: string } = {},
  ) {
    const { sampler, maxMessageEvents, exporter, service = 'test' } = options;
    const resource = resourceFromAttributes({ 'service.name': service });
    const exported = exporter === undefined ? [] : [new BatchSpanProcessor(exporter)];
    this.provider = new NodeTracerProvider({
      resource,
      spanProcessors: [this, ...exported],
      ...(sampler && { sampler }),
    });
    this.instrumentation = openTelemetry({ tracerProvider: this.provider, maxMessageEvents });
  }

  onStart(span: Span, _parent: Context): void {
    const { spanId, traceId } = span.spanContext();
    this.#open.set(spanId, traceId);
  }

  onEnd(span: ReadableSpan): void {
    this.#open.delete(span.spanContext().spanId);
    this.ended.push(span);
    for (const waiter of this.#waiting) if (waiter.until()) waiter.resolve();
    this.#waiting = this.#waiting.filter(({ until }) => !until());
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}

  /** A trace of at least so many spans, once it is whole: none of it is open, and it begins here. */
  async trace(count: number): Promise<Trace> {
    const find = (): ReadableSpan[] | undefined => {
      const open = new Set(this.#open.values());
      for (const root of this.ended) {
        const { traceId } = root.spanContext();
        if (root.parentSpanContext !== undefined || open.has(traceId)) continue;
        const spans = this.ended.filter((span) => span.spanContext().traceId === traceId);
        if (spans.length >= count) return spans;
      }
      return undefined;
    };
    await this.until(() => find() !== undefined);
    return new Trace(find() as ReadableSpan[]);
  }

  /** What has ended of a trace. */
  of(traceId: string): Trace {
    return new Trace(this.ended.filter((span) => span.spanContext().traceId === traceId));
  }

  /** Waits for spans to end until this is so. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ until: condition, resolve }));
  }
}

/** One trace, whole. */
export class Trace {
  /**
   * @param accuracyUs by how many microseconds times may be off, where whoever kept the spans rounds them.
   * @param oneProcess whether one process has ended all the spans. A process that is held up between handing over a record and ending
   *   the record's span ends that span late: the other process may have the answer by then.
   */
  constructor(
    readonly spans: readonly TraceSpan[],
    readonly accuracyUs = 0,
    readonly oneProcess = true,
  ) {}

  get id(): string {
    return this.root.spanContext().traceId;
  }

  get root(): TraceSpan {
    const roots = this.spans.filter((span) => span.parentSpanContext === undefined);
    if (roots.length !== 1) throw new Error(`the trace has ${roots.length} roots:\n${this}`);
    return roots[0] as TraceSpan;
  }

  /** The one span of this kind and name, below `parent`. */
  span(kind: SpanKind, name: string | RegExp, parent?: TraceSpan): TraceSpan {
    const found = this.all(kind, name, parent);
    if (found.length !== 1) {
      throw new Error(`${found.length} spans ${SpanKind[kind]} ${name} where one is expected:\n${this}`);
    }
    return found[0] as TraceSpan;
  }

  all(kind: SpanKind, name: string | RegExp, parent?: TraceSpan): TraceSpan[] {
    return this.spans.filter(
      (span) =>
        span.kind === kind &&
        (typeof name === 'string' ? span.name === name : name.test(span.name)) &&
        (parent === undefined || span.parentSpanContext?.spanId === parent.spanContext().spanId),
    );
  }

  /** Spans that begin before their parent, or, in one process, end after it. */
  get misnested(): string[] {
    const byId = new Map(this.spans.map((span) => [span.spanContext().spanId, span]));
    return this.spans.flatMap((span) => {
      const parent = byId.get(span.parentSpanContext?.spanId ?? '');
      if (parent === undefined) return [];
      const within =
        micros(parent.startTime) - this.accuracyUs <= micros(span.startTime) &&
        (!this.oneProcess || micros(span.endTime) <= micros(parent.endTime) + this.accuracyUs);
      return within ? [] : [`${span.name} in ${parent.name}`];
    });
  }

  /** The tree, a line a span. */
  toString(): string {
    const start = Math.min(...this.spans.map(({ startTime }) => micros(startTime)));
    const lines = (parent: string | undefined, depth: number): string[] =>
      this.spans
        .filter((span) => span.parentSpanContext?.spanId === parent)
        .sort((a, b) => micros(a.startTime) - micros(b.startTime))
        .flatMap((span) => {
          const [from, to] = [span.startTime, span.endTime].map((time) => ((micros(time) - start) / 1000).toFixed(2));
          const failed = span.status.code === SpanStatusCode.ERROR ? ' ERROR' : '';
          const line = `${'  '.repeat(depth)}${SpanKind[span.kind]} ${span.name} ${from}-${to} ms${failed}`;
          return [line, ...lines(span.spanContext().spanId, depth + 1)];
        });
    return lines(undefined, 0).join('\n');
  }
}

function micros([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1e6 + Math.round(nanos / 1000);
}

/** Registers what an SDK registers beside its providers: async contexts, and W3C's propagation. Once a test file. */
export function usePropagation(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
}

/** Fails where a trace is not whole, and shows it. */
export function assertWhole(t: ExecutionContext, trace: Trace): void {
  t.notThrows(() => trace.root);
  t.deepEqual(trace.misnested, [], trace.toString());
}

/** Of two attempts at a call the first was lost: the reply, which is the second one's, is linked to it. */
export function checkLostAttempt(
  t: ExecutionContext,
  trace: Trace,
  receives: readonly TraceSpan[],
  reply: TraceSpan,
): void {
  const [first] = [...receives].sort((a, b) => micros(a.startTime) - micros(b.startTime));
  t.is(trace.root.attributes['wherry.lost_attempts'], 1);
  t.deepEqual(
    reply.links.map(({ context }) => [context.traceId, context.spanId]),
    [[trace.id, first?.spanContext().spanId]],
    trace.toString(),
  );
}
