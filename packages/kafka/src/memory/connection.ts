/** Whether one log can reach the broker in memory. */
export class MemoryConnection {
  #state: 'up' | 'down' | 'ended' = 'up';
  readonly #listeners = new Set<() => void>();

  /** Whether records and requests reach the broker now. */
  get up(): boolean {
    return this.#state === 'up';
  }

  /** Whether the log was closed or died. It never comes up again. */
  get ended(): boolean {
    return this.#state === 'ended';
  }

  goDown(): void {
    this.#become('down');
  }

  comeUp(): void {
    this.#become('up');
  }

  end(): void {
    this.#become('ended');
  }

  /** Calls `listener` after each change. @returns a function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #become(state: 'up' | 'down' | 'ended'): void {
    if (this.ended || this.#state === state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
