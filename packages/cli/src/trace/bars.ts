import type { Piece, Style } from '../terminal/text.js';
import type { Hop } from './hops.js';
import { endOf, type Span, type SpanTree, startOf } from './trace.js';

const cells = { wait: '░', record: '▆', work: '█' } as const;

/** Draws the bars of one trace, all over the same stretch of time. */
export class Bars {
  readonly width: number;
  readonly #startUs: number;
  readonly #lengthUs: number;

  /** @param width of each bar, in cells. */
  constructor(tree: SpanTree, width: number) {
    this.width = width;
    this.#startUs = startOf(tree.trace);
    this.#lengthUs = Math.max(1, endOf(tree.trace) - this.#startUs);
  }

  /** Draws the time in the topic, then the span itself, which has at least one cell. */
  draw(span: Span, hop: Hop | undefined): Piece[] {
    const from = Math.min(Math.floor(this.#cellAt(span.startUs)), this.width - 1);
    const to = Math.max(from + 1, Math.round(this.#cellAt(span.endUs)));
    const waitFrom = hop === undefined ? from : Math.min(Math.floor(this.#cellAt(hop.waitFromUs)), from);
    const style = span.kind === 'producer' || span.kind === 'consumer' ? 'record' : 'work';
    const shown: Style = span.error === undefined ? style : 'error';
    return [
      { text: ' '.repeat(waitFrom) },
      { text: cells.wait.repeat(from - waitFrom), style: 'wait' },
      { text: cells[style].repeat(to - from), style: shown },
      { text: ' '.repeat(this.width - to) },
    ];
  }

  #cellAt(us: number): number {
    return Math.min(this.width, Math.max(0, ((us - this.#startUs) / this.#lengthUs) * this.width));
  }
}
