/** Lines of code. */
export type Lines = readonly string[];

/** Indents lines by one level. */
export function indent(lines: Lines): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

/** Converts a comment of a .proto file to a doc comment of TypeScript. */
export function docComment(comment: string | undefined, deprecated = false): string[] {
  const lines = (comment ?? '')
    .replace(/\*\//g, '*\\/')
    .split('\n')
    .map((line) => line.trimEnd());
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  while (lines.length > 0 && lines[0] === '') lines.shift();
  if (deprecated) lines.push(...(lines.length > 0 ? [''] : []), '@deprecated');
  const [only] = lines;
  if (only === undefined) return [];
  if (lines.length === 1) return [`/** ${only} */`];
  return ['/**', ...lines.map((line) => ` * ${line}`.trimEnd()), ' */'];
}

/** Converts a string to a TypeScript literal. */
export function literal(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'");
  return `'${escaped}'`;
}

/** Puts indented lines between `head` and `tail`. */
export function block(head: string, lines: Lines, tail = '}'): string[] {
  return [head, ...indent(lines), tail];
}
