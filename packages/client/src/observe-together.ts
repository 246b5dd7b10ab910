import type { Metadata, StatusObject } from '@grpc/grpc-js';
import { checkOnePropagates, listOf, observeRecordsTogether } from '@wherry/endpoint/internal';
import type {
  CallObserver,
  CallPropagator,
  ChannelObserver,
  ClientInstrumentation,
  InstrumentedChannel,
  MadeCall,
} from './instrumentation.js';

/**
 * Makes one observer from all observers that the instrumentations have for a new channel.
 *
 * @returns undefined if they have none.
 * @throws TypeError if more than one of them propagates.
 */
export function observeChannel(
  instrumentation: ClientInstrumentation | readonly ClientInstrumentation[] | undefined,
): ChannelObserver | undefined {
  const observers = listOf(instrumentation).map((one) => one.channelMade());
  try {
    checkOnePropagates(observers);
  } catch (error) {
    for (const observer of observers) observer.closed?.();
    throw error;
  }
  return observers.length < 2 ? observers[0] : new ChannelObservers(observers);
}

class ChannelObservers implements ChannelObserver {
  readonly #observers: readonly ChannelObserver[];
  readonly records;

  constructor(observers: readonly ChannelObserver[]) {
    this.#observers = observers;
    this.records = observeRecordsTogether(observers.map(({ records }) => records));
  }

  opened(channel: InstrumentedChannel): void {
    for (const observer of this.#observers) observer.opened?.(channel);
  }

  closed(): void {
    for (const observer of this.#observers) observer.closed?.();
  }

  callMade(call: MadeCall): CallObserver | undefined {
    return observeCallTogether(this.#observers.map((observer) => observer.callMade(call)));
  }
}

/** Makes one observer from any number of observers that watch the same call. */
export function observeCallTogether(observers: readonly (CallObserver | undefined)[]): CallObserver | undefined {
  const present = observers.filter((observer) => observer !== undefined);
  return present.length < 2 ? present[0] : new CallObservers(present);
}

class CallObservers implements CallObserver {
  readonly #observers: readonly CallObserver[];
  readonly propagator: CallPropagator | undefined;

  constructor(observers: readonly CallObserver[]) {
    this.#observers = observers;
    this.propagator = observers.find(({ propagator }) => propagator !== undefined)?.propagator;
  }

  get quiet(): boolean {
    return this.#observers.every(({ quiet }) => quiet === true);
  }

  started(metadata: Metadata): void {
    for (const observer of this.#observers) observer.started(metadata);
  }

  message(direction: 'sent' | 'received', message: unknown): void {
    for (const observer of this.#observers) observer.message(direction, message);
  }

  ended(status: StatusObject): void {
    for (const observer of this.#observers) observer.ended(status);
  }

  opening(callId: string, previousAttempts: number): void {
    for (const observer of this.#observers) observer.opening?.(callId, previousAttempts);
  }

  forgotten(callId: string): void {
    for (const observer of this.#observers) observer.forgotten?.(callId);
  }
}
