/** How a piece of a line looks if colours are on. */
export type Style = 'plain' | 'bold' | 'dim' | 'error' | 'wait' | 'work' | 'record';

export interface Piece {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Piece[];

/** The code of ANSI's "select graphic rendition" for each style. `plain` ends all others. */
const codes: Readonly<Record<Style, number>> = { plain: 0, bold: 1, dim: 2, error: 31, wait: 33, work: 32, record: 36 };
const select = (code: number) => `\u001b[${code}m`;

/** Renders lines as text. No line is wider than `columns`. */
export function render(lines: readonly Line[], columns: number, colours: boolean): string {
  return lines.map((line) => `${renderLine(line, columns, colours)}\n`).join('');
}

function renderLine(line: Line, columns: number, colours: boolean): string {
  let room = columns;
  let result = '';
  for (const { text, style = 'plain' } of trimEnd(line)) {
    const shown = fit(text, room);
    room -= lengthOf(shown);
    result +=
      colours && style !== 'plain' && shown !== '' ? `${select(codes[style])}${shown}${select(codes.plain)}` : shown;
  }
  return result;
}

/** Removes the blanks at the end. */
function trimEnd(line: Line): Line {
  const kept = line.slice(0, line.findLastIndex(({ text }) => text.trim() !== '') + 1);
  return kept.map((piece, i) => (i === kept.length - 1 ? { ...piece, text: piece.text.trimEnd() } : piece));
}

/** Cuts `text` to `width`, with an ellipsis at its end if it does not fit. */
export function fit(text: string, width: number): string {
  const letters = [...text];
  if (letters.length <= width) return text;
  return width <= 0 ? '' : `${letters.slice(0, width - 1).join('')}…`;
}

/** As {@link fit}, but with the ellipsis after a third of the width: the ends of names tell them apart. */
export function fitName(text: string, width: number): string {
  const letters = [...text];
  if (letters.length <= width || width < 4) return fit(text, width);
  const head = Math.ceil((width - 1) / 3);
  return `${letters.slice(0, head).join('')}…${letters.slice(head + 1 - width).join('')}`;
}

/** Breaks a text into lines of at most `width`: between words, and within a word that is longer than a line. */
export function wrap(text: string, width: number): string[] {
  if (lengthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line: string[] = [];
  for (const word of text.split(' ')) {
    const letters = [...word];
    if (line.length > 0 && line.length + 1 + letters.length > width) {
      lines.push(line.join(''));
      line = [];
    }
    if (line.length > 0) line.push(' ');
    line.push(...letters);
    while (line.length > width) lines.push(line.splice(0, Math.max(1, width)).join(''));
  }
  return line.length > 0 ? [...lines, line.join('')] : lines;
}

/** Fits a text and fills up with blanks, at the end. */
export function padEnd(text: string, width: number): string {
  const shown = fit(text, width);
  return shown + ' '.repeat(Math.max(0, width - lengthOf(shown)));
}

/** Fits a text and fills up with blanks, at the beginning. */
export function padStart(text: string, width: number): string {
  const shown = fit(text, width);
  return ' '.repeat(Math.max(0, width - lengthOf(shown))) + shown;
}

export function lengthOf(text: string): number {
  return [...text].length;
}

/** Replaces control characters, so that a name from elsewhere stays in its line and cannot command the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** Formats microseconds for a person: `0.43 ms`, `83.2 ms`, `12.30 s`. */
export function timeText(us: number): string {
  const ms = us / 1000;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;
}
