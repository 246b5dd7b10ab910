import { LogError } from '@wherry/kafka';
import type { Logger } from './logger.js';

/** Logs the first problem of each kind. Use it for problems that may occur again and again. */
export class Warnings {
  readonly #logger: Logger;
  readonly #logged = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param doing names the work that failed. Together with the error's code, it is the kind of the problem. */
  once(doing: string, error: unknown): void {
    const code = error instanceof LogError ? error.code : 0;
    const kind = `${doing} ${code}`;
    if (this.#logged.has(kind)) return;
    this.#logged.add(kind);
    const text = `${error instanceof Error ? error.message : error} (${doing}; logged once)`;
    if (error instanceof LogError) this.#logger.warn({ code: error.code }, text);
    else this.#logger.warn(text);
  }
}
