import { JaegerJsonError, servicesOf, tracesOf } from './jaeger-json.js';
import type { Trace } from './trace.js';

const ANSWER_LIMIT_MS = 15_000;
/** A search extends this far into the future, to find spans of programs whose clock is ahead. */
const CLOCKS_AHEAD_MS = 60_000;

/** Jaeger did not answer, or gave an unexpected answer. The message has Jaeger's address and says what to do. */
export class JaegerError extends Error {
  override readonly name = 'JaegerError';
}

export interface TraceSearch {
  readonly service: string;
  /** How many traces to find, newest first. */
  readonly limit: number;
  /** How far to look back, in milliseconds. */
  readonly lookbackMs: number;
}

/** A client of Jaeger's query API. */
export class JaegerClient {
  readonly #base: string;

  /** @param url of Jaeger's web page, with its base path if it has one. */
  constructor(url: string) {
    this.#base = url.replace(/\/+$/, '');
  }

  /** Fetches a trace; undefined if there is no such trace. */
  async trace(id: string): Promise<Trace | undefined> {
    const [trace] = tracesIn(await this.#get(`/api/traces/${id}`), this.#base);
    return trace;
  }

  /** Fetches the names of the services that have sent spans, without Jaeger itself. */
  async services(): Promise<string[]> {
    const services = read(servicesOf, await this.#get('/api/services'), this.#base);
    return services.filter((name) => !/^jaeger(-|$)/.test(name));
  }

  async find({ service, limit, lookbackMs }: TraceSearch): Promise<Trace[]> {
    const now = Date.now();
    const query = new URLSearchParams({
      service,
      limit: String(limit),
      start: String((now - lookbackMs) * 1000),
      end: String((now + CLOCKS_AHEAD_MS) * 1000),
    });
    return tracesIn(await this.#get(`/api/traces?${query}`), this.#base);
  }

  /** Fetches JSON; an empty object if the resource does not exist. */
  async #get(path: string): Promise<unknown> {
    const response = await this.#fetch(path);
    const text = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw notJaeger(this.#base, `it answered ${response.status} without JSON`, cause);
    }
    if (response.status === 404 && isRefusal(json)) return {};
    if (!response.ok) throw new JaegerError(`Jaeger at ${this.#base} answered ${response.status}: ${messageIn(json)}`);
    return json;
  }

  async #fetch(path: string): Promise<Response> {
    try {
      return await fetch(this.#base + path, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    } catch (cause) {
      throw new JaegerError(
        `no Jaeger answers at ${this.#base} (${reasonOf(cause)}): start one with \`docker compose up\` or \`npm run jaeger\`, ` +
          'or name its address with --jaeger',
        { cause },
      );
    }
  }
}

function tracesIn(answer: unknown, base: string): Trace[] {
  return read(tracesOf, answer, base);
}

function read<T>(parse: (answer: unknown) => T, answer: unknown, base: string): T {
  try {
    return parse(answer);
  } catch (error) {
    if (error instanceof JaegerJsonError) throw notJaeger(base, error.message, error);
    throw error;
  }
}

function notJaeger(base: string, problem: string, cause: unknown): JaegerError {
  return new JaegerError(`the server at ${base} is not Jaeger's query API: ${problem}`, { cause });
}

/** Whether the refusal comes from Jaeger, and not from a proxy or another server. */
function isRefusal(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'errors' in json && Array.isArray(json.errors);
}

function messageIn(json: unknown): string {
  if (!isRefusal(json)) return 'no reason given';
  const { errors } = json as { errors: readonly unknown[] };
  const [first] = errors as readonly { msg?: unknown }[];
  return typeof first?.msg === 'string' ? first.msg : 'no reason given';
}

/** Returns the reason of a failure. The message of fetch is only "fetch failed"; the reason is its cause, or the first of several. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${ANSWER_LIMIT_MS / 1000} s`;
  const { cause } = error;
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
  return inner instanceof Error ? inner.message : error.message;
}
