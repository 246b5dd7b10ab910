import type { Logger } from '@wherry/endpoint';

/** A logger that keeps its lines. Tests wait for them. */
export class LoggedLines {
  readonly texts: string[] = [];
  readonly logger: Logger;
  readonly #waiting = new Set<() => void>();

  constructor() {
    const log = (...line: unknown[]): void => {
      this.texts.push(String(line.at(-1)));
      for (const look of [...this.#waiting]) look();
    };
    this.logger = { warn: log, error: log };
  }

  /** Waits until a line has this text. @returns the line. */
  async has(text: RegExp | string): Promise<string> {
    const find = (): string | undefined =>
      this.texts.find((line) => (typeof text === 'string' ? line.includes(text) : text.test(line)));
    return (
      find() ??
      new Promise<string>((resolve) => {
        const look = (): void => {
          const line = find();
          if (line === undefined) return;
          this.#waiting.delete(look);
          resolve(line);
        };
        this.#waiting.add(look);
      })
    );
  }
}
