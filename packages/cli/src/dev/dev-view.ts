import type { WriteStream } from 'node:tty';
import { sizeOf } from '../terminal/size.js';
import { type DevState, drawScreen } from './screen.js';

/** Shows the programs of `wherry dev`. */
export interface DevView {
  /** The state has changed. `news` says how, in words, and `name` says of which project. */
  changed(state: DevState, name: string, news: string): void;
  /** A program of the project `name` printed a line. */
  line(state: DevState, name: string, text: string): void;
  /** Ends the view: it shows nothing more. */
  close(): void;
}

/** Prints one line for each event, for files and pipes. */
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

/** How many printed lines the screen keeps. */
const KEPT_LINES = 200;
/** The size of a terminal that does not know its own. */
const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** Shows one screen of a terminal, and draws it again after each change. */
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
      const { columns, rows } = sizeOf(this.#terminal, DEFAULT_SIZE);
      const lines = drawScreen(this.#state, this.#printed, columns, rows);
      this.#terminal.write(`\u001b[2J\u001b[H${lines.join('\n')}\n`);
    });
  };
}
