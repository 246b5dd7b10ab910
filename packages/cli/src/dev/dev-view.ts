import type { WriteStream } from 'node:tty';
import { type DevState, drawScreen } from './screen.js';

/** Shows what `wherry dev` runs. */
export interface DevView {
  /** Something is another: `news` says what, of which project. */
  changed(state: DevState, name: string, news: string): void;
  /** A program of a project printed a line. */
  line(state: DevState, name: string, text: string): void;
  /** Nothing more is shown. */
  close(): void;
}

/** A line for each thing that happens, for files and pipes. */
export class PlainView implements DevView {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  changed(_state: DevState, name: string, news: string): void {
    this.#write(`${name}: ${news}`);
  }

  line(_state: DevState, name: string, text: string): void {
    this.#write(`${name} | ${text}`);
  }

  close(): void {}
}

/** How many printed lines are kept. */
const KEPT_LINES = 200;

/** One screen of a terminal, drawn anew when something changes. */
export class ScreenView implements DevView {
  readonly #terminal: WriteStream;
  readonly #printed: string[] = [];
  #state: DevState | undefined;
  #drawing: NodeJS.Immediate | undefined;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
    terminal.on('resize', this.#draw);
  }

  changed(state: DevState): void {
    this.#state = state;
    this.#draw();
  }

  line(state: DevState, name: string, text: string): void {
    this.#printed.push(`${name} | ${text}`);
    if (this.#printed.length > KEPT_LINES) this.#printed.shift();
    this.changed(state);
  }

  close(): void {
    clearImmediate(this.#drawing);
    this.#terminal.off('resize', this.#draw);
  }

  readonly #draw = (): void => {
    this.#drawing ??= setImmediate(() => {
      this.#drawing = undefined;
      if (this.#state === undefined) return;
      const { columns, rows } = this.#terminal;
      const lines = drawScreen(this.#state, this.#printed, columns, rows);
      this.#terminal.write(`\u001b[2J\u001b[H${lines.join('\n')}\n`);
    });
  };
}
