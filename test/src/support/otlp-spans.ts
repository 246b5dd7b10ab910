import { setImmediate } from 'node:timers/promises';

/** Spans as OTLP's JSON has them, for tests that play the part of instrumented programs. */

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

export interface TestSpan {
  /** The `service.name` of its program. */
  readonly service: string;
  readonly name: string;
  readonly kind: keyof typeof kinds;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** Milliseconds after the trace's start. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  /** What the span's status says where it is an error. */
  readonly error?: string;
}

/** Gives spans of one trace, which began at `epochMs`, to a receiver of OTLP over HTTP, and waits until it has them. */
export async function sendSpans(
  otlpHttpUrl: string,
  traceId: string,
  epochMs: number,
  spans: readonly TestSpan[],
): Promise<void> {
  const nanoseconds = (ms: number) => `${Math.round((epochMs + ms) * 1000)}000`;
  const resourceSpans = [...new Set(spans.map(({ service }) => service))].map((service) => ({
    resource: { attributes: attributesOf({ 'service.name': service }) },
    scopeSpans: [
      {
        scope: { name: 'test' },
        spans: spans
          .filter((span) => span.service === service)
          .map((span) => ({
            traceId,
            spanId: span.spanId,
            parentSpanId: span.parentSpanId ?? '',
            name: span.name,
            kind: kinds[span.kind],
            startTimeUnixNano: nanoseconds(span.startMs),
            endTimeUnixNano: nanoseconds(span.endMs),
            attributes: attributesOf(span.attributes ?? {}),
            links: span.links ?? [],
            status: span.error === undefined ? {} : { code: 2, message: span.error },
          })),
      },
    ],
  }));
  const response = await fetch(`${otlpHttpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
  if (!response.ok) throw new Error(`${otlpHttpUrl} refused the spans: ${response.status} ${await response.text()}`);
}

function attributesOf(attributes: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

/**
 * Waits until a Jaeger gives so many spans of a trace. It takes spans into a queue and tells nobody when it has stored them, so it
 * can only be asked again.
 */
export async function untilStored(queryUrl: string, traceId: string, spans: number): Promise<void> {
  for (;;) {
    const response = await fetch(`${queryUrl}/api/traces/${traceId}`);
    const { data } = (await response.json()) as { data: { spans: unknown[] }[] | null };
    if ((data?.[0]?.spans.length ?? 0) >= spans) return;
    await setImmediate();
  }
}
