/**
 * Cuts text into JSON values as it comes: one after another, with or without white space between them, over as many
 * lines as each likes. Only where a value ends is found here; what is in it is for `JSON.parse`.
 */
export class JsonSplitter {
  #text = '';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #count = 0;
  /** The line, from 1, where what is not cut yet begins. */
  #line = 1;

  /**
   * Takes more text.
   *
   * @returns the values that are complete now.
   * @throws SyntaxError that says which value is wrong; RangeError for an integer that would lose digits.
   */
  push(text: string): unknown[] {
    const values: unknown[] = [];
    // Up to here the text is of values that were returned, or of the one that is begun.
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const end = this.#step(text.charAt(at), this.#text === '' && at === start);
      if (end === undefined) continue;
      const stop = end === 'with' ? at + 1 : at;
      values.push(...this.#cut(text.slice(start, stop)));
      start = stop;
      // A value that begins where a bare one ended: look at it again, as a beginning.
      if (end === 'before') at--;
    }
    // White space was cut off, so what there is has begun. It is not looked at until it is complete.
    this.#text += text.slice(start);
    return values;
  }

  /**
   * There is no more text.
   *
   * @throws SyntaxError where a value is not complete.
   */
  end(): unknown[] {
    return this.#cut('');
  }

  /** @returns whether a value ends with this character, before it, or not here (undefined). */
  #step(char: string, first: boolean): 'with' | 'before' | undefined {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (char === '\\') this.#escaped = true;
      else if (char === '"') {
        this.#inString = false;
        if (this.#depth === 0) return 'with';
      }
      return undefined;
    }
    const begins = char === '"' || char === '{' || char === '[';
    if (this.#depth === 0 && !first && (begins || /\s/.test(char))) return 'before';
    if (char === '"') this.#inString = true;
    else if (char === '{' || char === '[') this.#depth++;
    else if (char === '}' || char === ']') {
      this.#depth = Math.max(0, this.#depth - 1);
      if (this.#depth === 0) return 'with';
    } else if (/\s/.test(char) && first) return 'with';
    return undefined;
  }

  #cut(rest: string): unknown[] {
    const text = this.#text + rest;
    this.#text = '';
    const line = this.#line + linesIn(/^\s*/.exec(text)?.[0] ?? '');
    this.#line += linesIn(text);
    if (text.trim() === '') return [];
    const where = `message ${++this.#count}${line === 1 ? '' : ` (line ${line})`}`;
    try {
      const value: unknown = JSON.parse(text);
      checkIntegers(text, where);
      return [value];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new SyntaxError(`${where} is not JSON: ${error.message}`, { cause: error });
    }
  }
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

/** @throws RangeError for a number that `JSON.parse` has made another of: a message would be sent with that one. */
function checkIntegers(text: string, where: string): void {
  for (const [, integer] of text
    .replace(/\\./g, '')
    .replace(/"[^"]*"/g, '""')
    .matchAll(/(?<![\d.eE+-])(-?\d{16,})(?![\d.eE])/g)) {
    if (integer === undefined || BigInt(integer) === BigInt(Number(integer))) continue;
    throw new RangeError(`${where}: ${integer} has more digits than a JSON number keeps; put it in quotes`);
  }
}

/** The JSON values of a whole text. */
export function splitJson(text: string): unknown[] {
  const splitter = new JsonSplitter();
  return [...splitter.push(text), ...splitter.end()];
}

/** The JSON values of text that comes in parts, each as soon as it is complete. */
export async function* splitJsonStream(parts: AsyncIterable<string>): AsyncGenerator<unknown> {
  const splitter = new JsonSplitter();
  for await (const part of parts) yield* splitter.push(part);
  yield* splitter.end();
}
