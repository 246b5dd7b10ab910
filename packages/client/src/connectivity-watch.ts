import { connectivityState } from '@grpc/grpc-js';
import { atDeadline } from '@wherry/endpoint/internal';

interface Watcher {
  readonly from: connectivityState;
  readonly stopTimer: () => void;
  readonly callback: (error?: Error) => void;
}

/** A connectivity state, and those who wait for it to change. */
export class ConnectivityWatch {
  readonly #watchers = new Set<Watcher>();
  #state = connectivityState.CONNECTING;

  get state(): connectivityState {
    return this.#state;
  }

  set(state: connectivityState): void {
    if (this.#state === state || this.#state === connectivityState.SHUTDOWN) return;
    this.#state = state;
    for (const watcher of [...this.#watchers]) {
      if (watcher.from !== state) this.#tell(watcher);
    }
  }

  /** Calls back once the state is not `from` any more, or with an error at `deadline`. */
  watch(from: connectivityState, deadline: number, callback: (error?: Error) => void): void {
    if (this.#state !== from) {
      process.nextTick(callback);
      return;
    }
    const expired = (): void => this.#tell(watcher, new Error('Deadline passed without connectivity state change'));
    const watcher: Watcher = { from, stopTimer: atDeadline(deadline, expired), callback };
    this.#watchers.add(watcher);
  }

  close(): void {
    this.set(connectivityState.SHUTDOWN);
    for (const watcher of [...this.#watchers]) this.#tell(watcher);
  }

  #tell(watcher: Watcher, error?: Error): void {
    this.#watchers.delete(watcher);
    watcher.stopTimer();
    process.nextTick(watcher.callback, error);
  }
}
