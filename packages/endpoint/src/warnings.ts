import { LogError } from '@wherry/kafka';
import type { Logger } from './logger.js';

/** Logs a trouble that may come again and again: the first of each kind. */
export class Warnings {
  readonly #logger: Logger;
  readonly #logged = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param doing names the work that failed. With the error's code, it makes the kind. */
  once(doing: string, error: unknown): void {
    const code = error instanceof LogError ? error.code : 0;
    const kind = `${doing} ${code}`;
    if (this.#logged.has(kind)) return;
    this.#logged.add(kind);
    const text = `${error instanceof Error ? error.message : error} (${doing}; said once)`;
    if (error instanceof LogError) this.#logger.warn({ code: error.code }, text);
    else this.#logger.warn(text);
  }
}
