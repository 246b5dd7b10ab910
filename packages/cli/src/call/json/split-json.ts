/**
 * Splits text that comes in parts into JSON values. Values follow one another with or without white space, and each may have any
 * number of lines. This class only finds the end of a value; `JSON.parse` reads its contents.
 */
export class JsonSplitter {
  #text = '';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #count = 0;
  /** The line, from 1, where the rest of the text begins. */
  #line = 1;

  /**
   * Adds text.
   *
   * @returns the values that are now complete.
   * @throws SyntaxError that says which value is wrong; RangeError for an integer that would lose digits.
   */
  push(text: string): unknown[] {
    const values: unknown[] = [];
    // The text before this index belongs to earlier values.
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const end = this.#step(text.charAt(at), this.#text === '' && at === start);
      if (end === undefined) continue;
      const stop = end === 'with' ? at + 1 : at;
      values.push(...this.#cut(text.slice(start, stop)));
      start = stop;
      // This character ends a bare value and begins the next one: look at it again, as a beginning.
      if (end === 'before') at--;
    }
    // White space was cut off, so the rest is the beginning of a value. It is kept until the value is complete.
    this.#text += text.slice(start);
    return values;
  }

  /**
   * Ends the text.
   *
   * @throws SyntaxError if the last value is not complete.
   */
  end(): unknown[] {
    return this.#cut('');
  }

  /** @returns whether a value ends with this character, before it, or does not end here (undefined). */
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

/** @throws RangeError for an integer that `JSON.parse` has changed: the message would be sent with the changed one. */
function checkIntegers(text: string, where: string): void {
  for (const [, integer] of text
    .replace(/\\./g, '')
    .replace(/"[^"]*"/g, '""')
    .matchAll(/(?<![\d.eE+-])(-?\d{16,})(?![\d.eE])/g)) {
    if (integer === undefined || BigInt(integer) === BigInt(Number(integer))) continue;
    throw new RangeError(`${where}: ${integer} has more digits than a JSON number can keep; put it in quotes`);
  }
}

/** Returns the JSON values of a complete text. */
export function splitJson(text: string): unknown[] {
  const splitter = new JsonSplitter();
  return [...splitter.push(text), ...splitter.end()];
}

/** Yields the JSON values of a text that comes in parts, each as soon as it is complete. */
export async function* splitJsonStream(parts: AsyncIterable<string>): AsyncGenerator<unknown> {
  const splitter = new JsonSplitter();
  for await (const part of parts) yield* splitter.push(part);
  yield* splitter.end();
}
