import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { splitJson, splitJsonStream } from './json/split-json.js';
import type { Method } from './method.js';

/** The encoded request messages of a call. */
export interface Requests {
  readonly messages: AsyncIterable<Buffer> | Iterable<Buffer>;
  /** Stops reading the source. Harmless when repeated. */
  close(): void;
}

/**
 * Opens the messages that `-d` gives: JSON itself, `@FILE` or `@-` (standard input). A stream of requests from a file or standard
 * input is read message by message. All other requests are read and checked here, before anything is sent.
 *
 * @throws Error if the text is not JSON, does not fit the method's message, or is not exactly one message for a method that takes one.
 */
export async function openRequests(method: Method, data: string | undefined): Promise<Requests> {
  const text = data ?? (method.requestStream ? '' : '{}');
  if (!text.startsWith('@')) return ready(method, splitJson(text));
  const file = text.slice(1);
  const source: Readable = file === '-' || file === '' ? process.stdin : createReadStream(file);
  source.setEncoding('utf8');
  const values = splitJsonStream(source);
  if (method.requestStream) return { messages: encoded(method, values), close: () => source.destroy() };
  const all: unknown[] = [];
  for await (const value of values) all.push(value);
  return ready(method, all);
}

function ready(method: Method, values: readonly unknown[]): Requests {
  if (!method.requestStream && values.length !== 1) {
    throw new Error(`${method.path.slice(1)} takes one message; -d has ${values.length}`);
  }
  return { messages: values.map((value, index) => method.encode(value, index + 1)), close: () => undefined };
}

async function* encoded(method: Method, values: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let number = 0;
  for await (const value of values) yield method.encode(value, ++number);
}
