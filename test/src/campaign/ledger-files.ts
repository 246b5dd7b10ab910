import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import type { Entry } from './entries.js';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 256 * 1024;

/**
 * Writes a process's ledger file. Each line is written at once and without a buffer, so that a SIGKILL loses no line of anything that has
 * happened before it.
 */
export class LedgerWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }
}

/** Reads a ledger file that another process writes: each time the lines that have come since the last time. */
export class LedgerReader {
  readonly #path: string;
  #offset = 0;
  /** The beginning of a line whose end is not in the file yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws SyntaxError if a whole line is not JSON. */
  read(): Entry[] {
    if (!existsSync(this.#path)) return [];
    const file = openSync(this.#path, 'r');
    const entries: Entry[] = [];
    try {
      for (;;) {
        const chunk = Buffer.alloc(CHUNK_BYTES);
        const length = readSync(file, chunk, 0, CHUNK_BYTES, this.#offset);
        if (length === 0) return entries;
        this.#offset += length;
        entries.push(...this.#wholeLines(chunk.subarray(0, length)));
      }
    } finally {
      closeSync(file);
    }
  }

  #wholeLines(chunk: Buffer): Entry[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    this.#rest = bytes.subarray(end);
    const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Entry);
  }
}
