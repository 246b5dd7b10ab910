/** Of the picture, in pixels. A column is as wide as every letter is made, whatever font there is. */
const COLUMN = 8;
const ROW = 18;
const FONT_SIZE = 13;
const MARGIN = 18;

/** What `wherry trace` colours with: ANSI's numbers, and how each looks on a dark ground. */
const looks: Readonly<Record<string, string>> = {
  1: 'font-weight="bold"',
  2: 'fill="#8b949e"',
  31: 'fill="#ff7b72"',
  32: 'fill="#56d364"',
  33: 'fill="#e3b341"',
  36: 'fill="#76e3ea"',
};
const bars: Readonly<Record<string, { readonly top: number; readonly height: number; readonly opacity: number }>> = {
  '█': { top: 3, height: 12, opacity: 1 },
  '▆': { top: 5, height: 8, opacity: 1 },
  '░': { top: 5, height: 8, opacity: 0.35 },
};

interface Run {
  readonly text: string;
  readonly column: number;
  readonly look: string;
}

/** The output of a command, coloured by ANSI's codes, as an SVG of a terminal. Bars of block letters become rectangles. */
export function svgOf(output: string, { columns, title }: { columns: number; title: string }): string {
  const lines = [title, ...output.trimEnd().split('\n')];
  const width = columns * COLUMN + 2 * MARGIN;
  const height = lines.length * ROW + 2 * MARGIN;
  const drawn = lines.flatMap((line, row) => runsOf(line).map((run) => draw(run, MARGIN + row * ROW)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" fill="#e6edf3">`,
    ...drawn,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** A line's pieces of one look, cut where blanks are wide and where bars begin and end. */
function runsOf(line: string): Run[] {
  const runs: Run[] = [];
  let look = '';
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what colours begin with
  for (const [piece, code] of line.matchAll(/\u001b\[(\d+)m|█+|▆+|░+| {2,}|(?:(?! {2})[^\u001b█▆░])+/g)) {
    if (code !== undefined) look = looks[code] ?? '';
    else {
      if (piece.trim() !== '') runs.push({ text: piece, column, look });
      column += [...piece].length;
    }
  }
  return runs;
}

function draw({ text, column, look }: Run, y: number): string {
  const x = MARGIN + column * COLUMN;
  const width = [...text].length * COLUMN;
  const bar = bars[text.charAt(0)];
  if (bar !== undefined) {
    return `<rect x="${x}" y="${y + bar.top}" width="${width}" height="${bar.height}" opacity="${bar.opacity}" ${look}/>`;
  }
  return `<text x="${x}" y="${y + FONT_SIZE}" textLength="${width}" xml:space="preserve" ${look}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
