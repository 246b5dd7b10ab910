export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** For a terminal: columns aligned, an empty line where the first column changes. */
export function asText(table: Table): string {
  const [head = [], ...rows] = aligned(table);
  const lines = [head.join('  ')];
  rows.forEach((row, index) => {
    if (table.rows[index]?.[0] !== table.rows[index - 1]?.[0]) lines.push('');
    lines.push(row.join('  '));
  });
  return lines.join('\n');
}

export function asMarkdown(table: Table): string {
  const [head = [], ...rows] = aligned(table);
  const rule = head.map((cell, column) =>
    isText(column) ? '-'.repeat(cell.length) : `${'-'.repeat(cell.length - 1)}:`,
  );
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function aligned({ head, rows }: Table): string[][] {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
}

/** The second column is the only one of words. */
function isText(column: number): boolean {
  return column === 1;
}
