import type { Span, SpanKind, SpanLink, Trace } from './trace.js';

/** The answer does not have the form of Jaeger's query API. */
export class JaegerJsonError extends Error {
  override readonly name = 'JaegerJsonError';
}

type Json = Readonly<Record<string, unknown>>;

const kinds: ReadonlySet<unknown> = new Set<SpanKind>(['client', 'server', 'producer', 'consumer']);

/**
 * Reads the traces in an answer of Jaeger's query API (`/api/traces`). This JSON is not specified, but has been the same for years,
 * in Jaeger 1 and 2.
 *
 * @throws {JaegerJsonError} if the answer has another form.
 */
export function tracesOf(answer: unknown): Trace[] {
  return listOf(objectOf(answer, 'the answer')['data'] ?? [], 'data')
    .map((trace) => traceOf(objectOf(trace, 'a trace')))
    .filter(({ spans }) => spans.length > 0);
}

/** Reads the names in an answer of `/api/services`. */
export function servicesOf(answer: unknown): string[] {
  return listOf(objectOf(answer, 'the answer')['data'] ?? [], 'data').map((name) => textOf(name, 'a service'));
}

function traceOf(trace: Json): Trace {
  const processes = objectOf(trace['processes'] ?? {}, 'processes');
  const spans = listOf(trace['spans'], 'spans').map((span) => spanOf(objectOf(span, 'a span'), processes));
  spans.sort((a, b) => a.startUs - b.startUs || a.endUs - b.endUs);
  return { id: textOf(trace['traceID'], 'traceID'), spans };
}

function spanOf(span: Json, processes: Json): Span {
  const attributes = attributesOf(span['tags']);
  const { parentId, links } = referencesOf(span);
  const process = processes[textOf(span['processID'] ?? '', 'processID')];
  const startUs = numberOf(span['startTime'], 'startTime');
  const kind = attributes.get('span.kind');
  return {
    id: textOf(span['spanID'], 'spanID'),
    parentId,
    links,
    name: textOf(span['operationName'], 'operationName'),
    kind: kinds.has(kind) ? (kind as SpanKind) : 'internal',
    service: process === undefined ? '' : textOf(objectOf(process, 'a process')['serviceName'], 'serviceName'),
    startUs,
    endUs: startUs + Math.max(0, numberOf(span['duration'], 'duration')),
    attributes,
    error: errorOf(attributes),
  };
}

/** OpenTelemetry's parent is the first CHILD_OF reference in the same trace. All other references are links. */
function referencesOf(span: Json): { parentId: string | undefined; links: SpanLink[] } {
  let parentId: string | undefined;
  const links: SpanLink[] = [];
  for (const item of listOf(span['references'] ?? [], 'references')) {
    const reference = objectOf(item, 'a reference');
    const traceId = textOf(reference['traceID'], 'traceID');
    const spanId = textOf(reference['spanID'], 'spanID');
    const isParent = reference['refType'] === 'CHILD_OF' && traceId === span['traceID'] && parentId === undefined;
    if (isParent) parentId = spanId;
    else links.push({ traceId, spanId });
  }
  return { parentId, links };
}

function attributesOf(tags: unknown): Map<string, string | number | boolean> {
  const attributes = new Map<string, string | number | boolean>();
  for (const item of listOf(tags ?? [], 'tags')) {
    const { key, value } = objectOf(item, 'a tag');
    const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (typeof key === 'string' && known) attributes.set(key, value);
  }
  return attributes;
}

/** The error in Jaeger's attributes, with `error.type`: for a call, the name of the gRPC status code. */
function errorOf(attributes: ReadonlyMap<string, string | number | boolean>): string | undefined {
  const failed = attributes.get('otel.status_code') === 'ERROR' || String(attributes.get('error')) === 'true';
  if (!failed) return undefined;
  const type = attributes.get('error.type') ?? attributes.get('rpc.response.status_code');
  const description = attributes.get('otel.status_description');
  const parts = [type, description].filter((part) => part !== undefined && part !== '').map(String);
  const [first = 'failed', second] = parts;
  return second === undefined || second.startsWith(first) ? (second ?? first) : `${first}: ${second}`;
}

function objectOf(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(value, what, 'an object');
  return value as Json;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw unexpected(value, what, 'a list');
  return value;
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw unexpected(value, what, 'a text');
  return value;
}

function numberOf(value: unknown, what: string): number {
  if (typeof value !== 'number') throw unexpected(value, what, 'a number');
  return value;
}

function unexpected(value: unknown, what: string, wanted: string): JaegerJsonError {
  const is = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  return new JaegerJsonError(`${what} is ${is}, not ${wanted}`);
}
