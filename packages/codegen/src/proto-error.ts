/** A .proto file is not as it should be. Its message begins with the file, and the line where that is known: `a.proto:3: ...`. */
export class ProtoError extends Error {
  override readonly name = 'ProtoError';

  constructor(
    readonly file: string,
    /** From 1; undefined: not known. */
    readonly line: number | undefined,
    problem: string,
    cause?: unknown,
  ) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${problem}`, cause === undefined ? {} : { cause });
  }
}

/** The line, from 1, of the first place in `text` that matches; with `nth`, of a later one. */
export function lineOf(text: string, pattern: RegExp, nth = 1): number | undefined {
  const places = [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))];
  const index = (places[nth - 1] ?? places.at(-1))?.index;
  if (index === undefined) return undefined;
  // A place may begin with the space before it.
  const space = /^\s*/.exec(text.slice(index))?.[0].length ?? 0;
  return text.slice(0, index + space).split('\n').length;
}

export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
