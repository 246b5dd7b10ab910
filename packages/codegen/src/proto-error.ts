/** An error in a .proto file. The message begins with the file, and with the line if that is known: `a.proto:3: ...`. */
export class ProtoError extends Error {
  override readonly name = 'ProtoError';

  constructor(
    readonly file: string,
    /** The line, from 1. Undefined if it is unknown. */
    readonly line: number | undefined,
    problem: string,
    cause?: unknown,
  ) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${problem}`, cause === undefined ? {} : { cause });
  }
}

/** The line, from 1, of the `nth` match in `text`, or of the last match if fewer exist. Undefined without a match. */
export function lineOf(text: string, pattern: RegExp, nth = 1): number | undefined {
  const places = [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))];
  const index = (places[nth - 1] ?? places.at(-1))?.index;
  if (index === undefined) return undefined;
  // A match may begin with white space.
  const space = /^\s*/.exec(text.slice(index))?.[0].length ?? 0;
  return text.slice(0, index + space).split('\n').length;
}

export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
