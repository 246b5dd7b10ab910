export type SpanKind = 'client' | 'server' | 'producer' | 'consumer' | 'internal';

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

/** The parts of a span that a waterfall needs. Times are microseconds since 1970, as in Jaeger. */
export interface Span {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly links: readonly SpanLink[];
  readonly name: string;
  readonly kind: SpanKind;
  /** The `service.name` of the program that made it. */
  readonly service: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: ReadonlyMap<string, string | number | boolean>;
  /** The error, if the span's status is one. */
  readonly error: string | undefined;
}

export interface Trace {
  readonly id: string;
  /** At least one, in the order of their starts. */
  readonly spans: readonly Span[];
}

export function startOf({ spans }: Trace): number {
  return spans.reduce((least, { startUs }) => Math.min(least, startUs), Number.POSITIVE_INFINITY);
}

export function endOf({ spans }: Trace): number {
  return spans.reduce((most, { endUs }) => Math.max(most, endUs), 0);
}

/** The tree of the spans of one trace. */
export class SpanTree {
  /** Spans without a parent, or whose parent is not in the trace. */
  readonly roots: readonly Span[];
  readonly #byId: ReadonlyMap<string, Span>;
  readonly #places: ReadonlyMap<Span, number>;
  readonly #children = new Map<string, Span[]>();

  constructor(readonly trace: Trace) {
    this.#byId = new Map(trace.spans.map((span) => [span.id, span]));
    this.#places = new Map(trace.spans.map((span, place) => [span, place]));
    const roots: Span[] = [];
    for (const span of trace.spans) {
      const parent = this.parentOf(span);
      if (parent === undefined || this.#leadsBackTo(span)) roots.push(span);
      else siblingsIn(this.#children, parent).push(span);
    }
    this.roots = roots;
  }

  find(spanId: string): Span | undefined {
    return this.#byId.get(spanId);
  }

  parentOf(span: Span): Span | undefined {
    return span.parentId === undefined ? undefined : this.#byId.get(span.parentId);
  }

  /** Returns the children in the order of their starts. */
  childrenOf(span: Span): readonly Span[] {
    return this.#children.get(span.id) ?? [];
  }

  /** Yields the ancestors, from the parent up to the root. */
  *ancestorsOf(span: Span): Generator<Span> {
    const seen = new Set([span]);
    for (let one = this.parentOf(span); one !== undefined && !seen.has(one); one = this.parentOf(one)) {
      seen.add(one);
      yield one;
    }
  }

  /** Returns the spans below a span in the order of their starts, without further calls and the spans below those. */
  within(span: Span): readonly Span[] {
    const found: Span[] = [];
    const waiting = [...this.childrenOf(span)];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      if (one.kind === 'client') continue;
      found.push(one);
      waiting.push(...this.childrenOf(one));
    }
    return found.sort((a, b) => this.#placeOf(a) - this.#placeOf(b));
  }

  /** Yields every span with its depth, each before its children. */
  *walk(): Generator<{ readonly span: Span; readonly depth: number }> {
    const waiting = this.roots.map((span) => ({ span, depth: 0 })).reverse();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      yield next;
      const { depth } = next;
      waiting.push(...[...this.childrenOf(next.span)].reverse().map((span) => ({ span, depth: depth + 1 })));
    }
  }

  /** Whether a span is its own ancestor, and the first span of that ring in the trace. It then counts as a root, to be shown at all. */
  #leadsBackTo(span: Span): boolean {
    let first = span;
    const seen = new Set<Span>();
    for (let one = this.parentOf(span); one !== undefined && !seen.has(one); one = this.parentOf(one)) {
      seen.add(one);
      if (one === span) return first === span;
      if (this.#placeOf(one) < this.#placeOf(first)) first = one;
    }
    return false;
  }

  #placeOf(span: Span): number {
    return this.#places.get(span) ?? 0;
  }
}

function siblingsIn(children: Map<string, Span[]>, parent: Span): Span[] {
  const siblings = children.get(parent.id) ?? [];
  children.set(parent.id, siblings);
  return siblings;
}
