import { status as Status } from '@grpc/grpc-js';
import type { Crossing } from './traffic.js';

const plain = (text: string): string => text;
const style = (on: boolean, code: number) => (on ? (text: string) => `\x1b[${code}m${text}\x1b[0m` : plain);

/** Prints the output of the demo. Uses colours only on a terminal. */
export class Terminal {
  readonly #bold: (text: string) => string;
  readonly #dim: (text: string) => string;
  readonly #green: (text: string) => string;
  readonly #red: (text: string) => string;
  readonly #names = new Map<string, string>();
  #paragraph = true;

  constructor() {
    const colours = process.stdout.isTTY === true && !process.env['NO_COLOR'];
    this.#bold = style(colours, 1);
    this.#dim = style(colours, 2);
    this.#green = style(colours, 32);
    this.#red = style(colours, 31);
  }

  /** From now on, shows a topic by this name. */
  nameTopic(topic: string, name: string): void {
    this.#names.set(topic, name);
  }

  heading(title: string, rest = ''): void {
    this.gap();
    this.say(this.#bold(title) + (rest && `  ${rest}`));
  }

  /** Prints a fact about one of the running parts. */
  fact(name: string, value: string): void {
    this.say(`  ${name.padEnd(9)} ${value}`);
  }

  /** Prints a record in one line: its time, writer, topic, size and contents. */
  record({ writer, topic, partition, frames, bytes, parts }: Crossing, self: string, time: string): void {
    const by = writer === undefined ? self : this.#nameOf(writer).replace(/ inbox$/, '');
    const way = `${by.padStart(8)} → ${`${this.#nameOf(topic)}[${partition}]`.padEnd(17)}`;
    const count = `${`${frames}`.padStart(2)} ${frames === 1 ? 'frame ' : 'frames'}`;
    this.say(this.#dim(`    ${time}  ${way}  ${count} ${`${bytes}`.padStart(5)} B  ${parts}`));
  }

  right(way: string, milliseconds: number, answer: string): void {
    this.say(`  ${this.#green('✓')} ${way}, ${ms(milliseconds)}: ${answer}`);
  }

  wrong(way: string, milliseconds: number, error: unknown): void {
    this.say(`  ${this.#red('✗')} ${way}, ${ms(milliseconds)}: ${explain(error)}`);
  }

  say(line: string): void {
    this.#paragraph = false;
    console.log(line);
  }

  /** Prints an empty line, unless the last line is empty. */
  gap(): void {
    if (!this.#paragraph) console.log();
    this.#paragraph = true;
  }

  #nameOf(topic: string): string {
    return this.#names.get(topic) ?? 'another inbox';
  }
}

export function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(1)} ms`;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && typeof error.code === 'number' && 'details' in error) {
    return `${Status[error.code] ?? error.code}: ${error.details}`;
  }
  return error.message;
}
