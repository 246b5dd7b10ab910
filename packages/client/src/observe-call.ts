import type { experimental, InterceptingListener, Metadata, StatusObject } from '@grpc/grpc-js';
import type { CallObserver, CallPropagator } from './instrumentation.js';

type Call = experimental.CallStream;
type Send = Parameters<Call['sendMessageWithContext']>;

/** Lets an observer watch a call of any grpc-js channel, and lets the observer's propagator carry the call's context. */
export function observeCall(call: Call, observer: CallObserver): Call {
  return new ObservedCall(call, observer);
}

/** A class, because a call with some of its methods replaced would slow down every call of the process (docs/performance-notes.md). */
class ObservedCall implements Call {
  readonly #call: Call;
  readonly #observer: CallObserver;

  constructor(call: Call, observer: CallObserver) {
    this.#call = call;
    this.#observer = observer;
  }

  start(metadata: Metadata, listener: InterceptingListener): void {
    const { propagator } = this.#observer;
    this.#observer.started(metadata);
    const started = propagator === undefined ? metadata : propagator.inject(metadata);
    const run = propagator?.run;
    const unheard = this.#observer.quiet && run === undefined;
    this.#call.start(started, unheard ? listener : new ObservedListener(listener, this.#observer, run));
  }

  sendMessageWithContext(...[context, message]: Send): void {
    this.#observer.message('sent', message);
    this.#call.sendMessageWithContext(context, message);
  }

  startRead(): void {
    this.#call.startRead();
  }

  halfClose(): void {
    this.#call.halfClose();
  }

  cancelWithStatus(...[code, details]: Parameters<Call['cancelWithStatus']>): void {
    this.#call.cancelWithStatus(code, details);
  }

  setCredentials(...[credentials]: Parameters<Call['setCredentials']>): void {
    this.#call.setCredentials(credentials);
  }

  getPeer(): string {
    return this.#call.getPeer();
  }

  getCallNumber(): number {
    return this.#call.getCallNumber();
  }

  getAuthContext(): ReturnType<Call['getAuthContext']> {
    return this.#call.getAuthContext();
  }
}

class ObservedListener implements InterceptingListener {
  readonly #listener: InterceptingListener;
  readonly #observer: CallObserver;
  readonly #run: CallPropagator['run'];

  constructor(listener: InterceptingListener, observer: CallObserver, run: CallPropagator['run']) {
    this.#listener = listener;
    this.#observer = observer;
    this.#run = run;
  }

  onReceiveMetadata(metadata: Metadata): void {
    if (this.#run === undefined) this.#listener.onReceiveMetadata(metadata);
    else this.#run(() => this.#listener.onReceiveMetadata(metadata));
  }

  onReceiveMessage(message: unknown): void {
    this.#observer.message('received', message);
    if (this.#run === undefined) this.#listener.onReceiveMessage(message);
    else this.#run(() => this.#listener.onReceiveMessage(message));
  }

  onReceiveStatus(status: StatusObject): void {
    this.#observer.ended(status);
    if (this.#run === undefined) this.#listener.onReceiveStatus(status);
    else this.#run(() => this.#listener.onReceiveStatus(status));
  }
}
