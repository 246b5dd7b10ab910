import { once } from 'node:events';
import type { JsonValue } from '@bufbuild/protobuf';
import { type Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { statusLine } from '../errors.js';
import { metadataJson } from './metadata.js';
import type { RecordEvent } from './record-events.js';
import { statusDetailsKey } from './status-details.js';

/** Prints the events of a call. */
export interface CallOutput {
  /** The channel is open, and the call starts. Times are counted from here. */
  begin(inbox: string, connectMs: number): void;
  record(event: RecordEvent): void;
  headers(headers: Metadata): void;
  /** Settles when the output has room for more. */
  message(reply: JsonValue): Promise<void>;
  /**
   * @param details of the status, as JSON; undefined if it has none.
   * @param at when the status came, by `performance.now()`. It is printed last, after late events of records.
   */
  status(status: StatusObject, details: readonly JsonValue[] | undefined, at: number): void;
}

/** Writes lines to stdout and stderr. */
export interface Lines {
  /** Settles when stdout has room for more, or nobody reads it any more. */
  out(line: string): Promise<void>;
  err(line: string): void;
}

/** Writes to stdout and stderr of this process. */
export const processLines: Lines = {
  out: async (line) => {
    const { stdout } = process;
    if (stdout.write(`${line}\n`) || stdout.destroyed || stdout.errored) return;
    const over = new AbortController();
    const { signal } = over;
    await Promise.race([once(stdout, 'drain', { signal }), once(stdout, 'close', { signal })]).catch(() => undefined);
    over.abort();
  },
  err: (line) => void process.stderr.write(`${line}\n`),
};

/** Prints each reply as one line on stdout, and everything else on stderr. */
export class TextOutput implements CallOutput {
  readonly #lines: Lines;
  readonly #verbose: boolean;
  #began = 0;

  constructor(lines: Lines, verbose: boolean) {
    this.#lines = lines;
    this.#verbose = verbose;
  }

  begin(inbox: string, connectMs: number): void {
    this.#began = performance.now();
    this.#note(`connected after ${connectMs.toFixed(0)} ms; inbox ${inbox}`);
  }

  record({ direction, topic, partition, offset, written, sender, frames, valueBytes }: RecordEvent): void {
    const where = `${topic}[${partition}]`;
    const what = `${frames.join('; ')} (${valueBytes} value bytes)`;
    if (direction === 'sent') this.#note(`-> ${where}  ${what}`);
    else if (direction === 'acknowledged') this.#note(`-> ${where} offset ${offset}, acknowledged by the broker`);
    else this.#note(`<- ${where} offset ${offset} from ${sender}${written ? ` written ${written}` : ''}  ${what}`);
  }

  headers(headers: Metadata): void {
    this.#metadata('header', headers);
  }

  message(reply: JsonValue): Promise<void> {
    return this.#lines.out(JSON.stringify(reply));
  }

  status({ code, details, metadata }: StatusObject, given: readonly JsonValue[] | undefined, at: number): void {
    const name = Status[code] ?? String(code);
    this.#metadata('trailer', metadata, at);
    for (const detail of given ?? []) this.#note(`detail ${JSON.stringify(detail)}`, at);
    this.#note(name, at);
    if (code !== Status.OK) this.#lines.err(statusLine(code, details));
  }

  #metadata(what: string, metadata: Metadata, at?: number): void {
    for (const [key, values] of Object.entries(metadataJson(metadata))) {
      for (const value of values) this.#note(`${what} ${key}: ${value}`, at);
    }
  }

  /** Prints a line with the time since the start of the call, if the output is verbose. */
  #note(text: string, at = performance.now()): void {
    if (this.#verbose) this.#lines.err(`${(at - this.#began).toFixed(1).padStart(8)} ms  ${text}`);
  }
}

/** Prints each event on stdout, as one line with a JSON object. Its `type` names the kind of event. */
export class JsonOutput implements CallOutput {
  readonly #lines: Lines;
  readonly #verbose: boolean;
  #began = 0;

  constructor(lines: Lines, verbose: boolean) {
    this.#lines = lines;
    this.#verbose = verbose;
  }

  begin(inbox: string, connectMs: number): void {
    this.#began = performance.now();
    if (this.#verbose) void this.#line('connected', { inbox, connectMs });
  }

  record(event: RecordEvent): void {
    if (this.#verbose) void this.#line('record', event);
  }

  headers(headers: Metadata): void {
    void this.#line('headers', { metadata: metadataJson(headers) });
  }

  message(message: JsonValue): Promise<void> {
    return this.#line('message', { message });
  }

  status({ code, details, metadata }: StatusObject, given: readonly JsonValue[] | undefined, at: number): void {
    const { [statusDetailsKey]: bytes, ...trailers } = metadataJson(metadata);
    const decoded = given ?? bytes;
    const name = Status[code] ?? String(code);
    void this.#line('status', { code, name, details, trailers, ...(decoded && { statusDetails: decoded }) }, at);
  }

  #line(type: string, more: object, at = performance.now()): Promise<void> {
    const elapsedMs = Math.round((at - this.#began) * 1000) / 1000;
    return this.#lines.out(JSON.stringify({ type, ...more, elapsedMs }));
  }
}
