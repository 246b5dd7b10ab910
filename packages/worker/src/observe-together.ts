import { checkOnePropagates, listOf, observeRecordsTogether } from '@wherry/endpoint/internal';
import type {
  EndOfCall,
  InstrumentedWorker,
  ReadCall,
  ServedCallObserver,
  ServerCallObserver,
  ServerCallPropagator,
  WorkerInstrumentation,
  WorkerObserver,
} from './instrumentation.js';

/**
 * Makes one observer from all observers that the instrumentations have for a new worker.
 *
 * @returns undefined if they have none.
 * @throws TypeError if more than one of them propagates.
 */
export function observeWorker(
  instrumentation: WorkerInstrumentation | readonly WorkerInstrumentation[] | undefined,
): WorkerObserver | undefined {
  const observers = listOf(instrumentation).map((one) => one.workerMade());
  try {
    checkOnePropagates(observers);
  } catch (error) {
    for (const observer of observers) observer.closed?.();
    throw error;
  }
  return observers.length < 2 ? observers[0] : new WorkerObservers(observers);
}

class WorkerObservers implements WorkerObserver {
  readonly #observers: readonly WorkerObserver[];
  readonly records;

  constructor(observers: readonly WorkerObserver[]) {
    this.#observers = observers;
    this.records = observeRecordsTogether(observers.map(({ records }) => records));
  }

  opened(worker: InstrumentedWorker): void {
    for (const observer of this.#observers) observer.opened?.(worker);
  }

  closed(): void {
    for (const observer of this.#observers) observer.closed?.();
  }

  callRead(call: ReadCall): ServedCallObserver | undefined {
    const observers = this.#observers.map((observer) => observer.callRead(call)).filter((one) => one !== undefined);
    return observers.length < 2 ? observers[0] : new ServedCallObservers(observers);
  }
}

/** Makes one observer from any number of observers that watch the same call. */
export function observeServerCallTogether(
  observers: readonly (ServerCallObserver | undefined)[],
): ServerCallObserver | undefined {
  const present = observers.filter((observer) => observer !== undefined);
  return present.length < 2 ? present[0] : new ServerCallObservers(present);
}

class ServerCallObservers<Observer extends ServerCallObserver> implements ServerCallObserver {
  protected readonly observers: readonly Observer[];
  readonly propagator: ServerCallPropagator | undefined;

  constructor(observers: readonly Observer[]) {
    this.observers = observers;
    this.propagator = observers.find(({ propagator }) => propagator !== undefined)?.propagator;
  }

  message(direction: 'sent' | 'received', message: unknown): void {
    for (const observer of this.observers) observer.message(direction, message);
  }

  ended(status: EndOfCall): void {
    for (const observer of this.observers) observer.ended(status);
  }
}

class ServedCallObservers extends ServerCallObservers<ServedCallObserver> implements ServedCallObserver {
  begun(): void {
    for (const observer of this.observers) observer.begun();
  }

  skipped(why: 'expired' | 'cancelled' | 'left'): void {
    for (const observer of this.observers) observer.skipped(why);
  }

  replying(): void {
    for (const observer of this.observers) observer.replying();
  }

  over(replied: boolean): void {
    for (const observer of this.observers) observer.over(replied);
  }
}
