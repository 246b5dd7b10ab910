import { connectivityState } from '@grpc/grpc-js';
import { atDeadline } from '@wherry/endpoint/internal';
import type { LogError } from '@wherry/kafka';

interface Watcher {
  readonly from: connectivityState;
  readonly stopTimer: () => void;
  readonly callback: (error?: Error) => void;
}

/** The connectivity of an open channel, and the callbacks that wait for it to change. */
export class ConnectivityWatch {
  readonly #watchers = new Set<Watcher>();
  #state = connectivityState.READY;
  #trouble: LogError | undefined;

  /** Why new calls cannot be sent now; undefined if they can. */
  get trouble(): LogError | undefined {
    return this.#trouble;
  }

  get closed(): boolean {
    return this.#state === connectivityState.SHUTDOWN;
  }

  unreachable(error: LogError): void {
    this.#trouble = error;
    this.#set(connectivityState.TRANSIENT_FAILURE);
  }

  reachable(): void {
    this.#trouble = undefined;
    this.#set(connectivityState.READY);
  }

  get state(): connectivityState {
    return this.#state;
  }

  #set(state: connectivityState): void {
    if (this.#state === state || this.#state === connectivityState.SHUTDOWN) return;
    this.#state = state;
    for (const watcher of [...this.#watchers]) {
      if (watcher.from !== state) this.#tell(watcher);
    }
  }

  /** Calls back once the state differs from `from`, or with an error at `deadline`. */
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
    this.#set(connectivityState.SHUTDOWN);
    for (const watcher of [...this.#watchers]) this.#tell(watcher);
  }

  #tell(watcher: Watcher, error?: Error): void {
    this.#watchers.delete(watcher);
    watcher.stopTimer();
    process.nextTick(watcher.callback, error);
  }
}
