import { wallClock } from './time.js';

/** How many calls in a row must have ended with OK, for each caller. */
export const CALLS_IN_A_ROW = 50;

/** A wait until the system is healthy. */
interface Watch {
  /** Only calls and handlers that began after this time count. */
  readonly since: number;
  readonly inARow: Map<string, number>;
  readonly serving: Set<string>;
  readonly healthy: (at: number) => void;
}

/**
 * Knows whether the system works as a whole. The system does so once each caller had {@link CALLS_IN_A_ROW} calls in a row that ended with
 * OK, and each server has begun a call. So a worker that lives but reads nothing shows, even if the others answer all calls.
 */
export class Health {
  readonly #callers: readonly string[];
  readonly #servers: readonly string[];
  #watch: Watch | undefined;

  constructor(callers: readonly string[], servers: readonly string[]) {
    this.#callers = callers;
    this.#servers = servers;
  }

  /** A caller's call ended. */
  called(caller: string, begunAt: number, ok: boolean): void {
    const watch = this.#watch;
    if (watch === undefined || begunAt < watch.since) return;
    watch.inARow.set(caller, ok ? (watch.inARow.get(caller) ?? 0) + 1 : 0);
    this.#look(watch);
  }

  /** A server's handler began a call. */
  served(server: string, at: number): void {
    const watch = this.#watch;
    if (watch === undefined || at < watch.since) return;
    watch.serving.add(server);
    this.#look(watch);
  }

  /** Resolves with the time at which the system is healthy, counting only what begins from now on. A new wait ends the one before it. */
  healthy(): Promise<number> {
    return new Promise((resolve) => {
      this.#watch = { since: wallClock(), inARow: new Map(), serving: new Set(), healthy: resolve };
    });
  }

  /** Says what is missing for the wait that goes on. */
  get missing(): string {
    const watch = this.#watch;
    if (watch === undefined) return 'nothing';
    const callers = this.#callers
      .filter((name) => (watch.inARow.get(name) ?? 0) < CALLS_IN_A_ROW)
      .map((name) => `${name} had ${watch.inARow.get(name) ?? 0} of ${CALLS_IN_A_ROW} OK calls in a row`);
    const servers = this.#servers.filter((name) => !watch.serving.has(name)).map((name) => `${name} began no call`);
    return [...callers, ...servers].join('; ') || 'nothing';
  }

  #look(watch: Watch): void {
    if (this.#callers.some((name) => (watch.inARow.get(name) ?? 0) < CALLS_IN_A_ROW)) return;
    if (this.#servers.some((name) => !watch.serving.has(name))) return;
    this.#watch = undefined;
    watch.healthy(wallClock());
  }
}
