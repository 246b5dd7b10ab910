import { clientHas, type InteropBroker, interopBrokers, interopCases, interopWays, wayName } from './matrix.js';
import type { InteropResult } from './results.js';

/** The tables in docs/interop.md, one for each broker, between two comments. */

const passed = '✓';
const failed = '✗';
/** The case was not run. */
const unseen = '?';
/** The client does not have the case. */
const none = '–';

/** The table of one broker, as Markdown. */
export function interopTable(broker: InteropBroker, results: readonly InteropResult[]): string {
  const cells = new Map<string, string>();
  for (const result of results) {
    if (result.broker === broker) cells.set(`${result.way} ${result.case}`, result.passed ? passed : failed);
  }
  const rows = interopCases.map((name) => [
    name,
    ...interopWays.map((way) => (clientHas(way, name) ? (cells.get(`${wayName(way)} ${name}`) ?? unseen) : none)),
  ]);
  const head = ['case', ...interopWays.map(wayName)];
  const rule = ['---', ...interopWays.map(() => ':-:')];
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/**
 * The document with the tables of these results. A broker without results keeps its table.
 *
 * @throws Error for a document without the two comments of a broker.
 */
export function withTables(document: string, results: readonly InteropResult[]): string {
  let written = document;
  for (const broker of interopBrokers) {
    if (!results.some((result) => result.broker === broker)) continue;
    const { begin, end } = placeOf(written, broker);
    written = `${written.slice(0, begin)}\n${interopTable(broker, results)}\n${written.slice(end)}`;
  }
  return written;
}

/** How the document's tables differ from the results: a sentence for each cell. Every broker must have results. */
export function differences(document: string, results: readonly InteropResult[]): string[] {
  return interopBrokers.flatMap((broker) => {
    const { begin, end } = placeOf(document, broker);
    const said = cellsOf(document.slice(begin, end));
    const seen = cellsOf(interopTable(broker, results));
    const names = [...new Set([...said.keys(), ...seen.keys()])];
    return names
      .filter((name) => said.get(name) !== seen.get(name))
      .map(
        (name) =>
          `${broker}, ${name}: the table has ${said.get(name) ?? 'nothing'}, the run ${seen.get(name) ?? 'nothing'}`,
      );
  });
}

function placeOf(document: string, broker: InteropBroker): { begin: number; end: number } {
  const opening = `<!-- interop-table ${broker} -->`;
  const begin = document.indexOf(opening) + opening.length;
  const end = document.indexOf('<!-- /interop-table -->', begin);
  if (!document.includes(opening) || end < 0) {
    throw new Error(`the document has no place for a table: ${opening} and <!-- /interop-table -->`);
  }
  return { begin, end };
}

/** Cells by their row and column. */
function cellsOf(table: string): Map<string, string> {
  const [head = [], , ...rows] = table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return new Map(
    rows.flatMap(([name = '', ...cells]) =>
      cells.map((cell, index): [string, string] => [`${name} on ${head[index + 1]}`, cell]),
    ),
  );
}
