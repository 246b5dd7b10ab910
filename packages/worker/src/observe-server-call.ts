import { type Metadata, type ServerInterceptingCallInterface, status as Status } from '@grpc/grpc-js';
import type { ServerCallObserver } from './instrumentation.js';
import type { InterceptingServerListener } from './request-delivery.js';
import type { PartialStatus } from './server-calls.js';

type ServerCall = ServerInterceptingCallInterface;
/** The members that a call has at every server, including the gateway's own server. */
export type BasicServerCall = Pick<
  ServerCall,
  'start' | 'startRead' | 'sendMetadata' | 'sendMessage' | 'sendStatus' | 'getDeadline'
>;

/**
 * Lets an observer watch a server's call. If the observer propagates, the handler runs in the call's own async context. A class, because a
 * call with some of its methods replaced would slow down every call of the process (docs/performance-notes.md).
 */
export class ObservedCall<C extends BasicServerCall = BasicServerCall>
  implements BasicServerCall, InterceptingServerListener
{
  protected readonly call: C;
  readonly #observerFor: (metadata: Metadata) => ServerCallObserver | undefined;
  /** Undefined until the call's metadata is there, and if nobody watches the call. */
  #observer: ServerCallObserver | undefined;
  #listener: InterceptingServerListener | undefined;

  /** @param observerFor is called when the call's metadata is there. It returns undefined if nobody watches the call. */
  constructor(call: C, observerFor: (metadata: Metadata) => ServerCallObserver | undefined) {
    this.call = call;
    this.#observerFor = observerFor;
  }

  /** The observer. The first use asks for it. */
  protected observer(metadata: Metadata): ServerCallObserver | undefined {
    this.#observer ??= this.#observerFor(metadata);
    return this.#observer;
  }

  // Called by the handler.

  start(listener: InterceptingServerListener): void {
    this.#listener = listener;
    this.call.start(this);
  }

  startRead(): void {
    this.call.startRead();
  }

  sendMetadata(metadata: Metadata): void {
    this.call.sendMetadata(metadata);
  }

  sendMessage(message: unknown, callback: () => void): void {
    this.#observer?.message('sent', message);
    this.call.sendMessage(message, callback);
  }

  sendStatus(status: PartialStatus): void {
    this.#observer?.ended({ code: Number(status.code ?? Status.UNKNOWN), details: status.details ?? undefined });
    this.call.sendStatus(status);
  }

  getDeadline(): ReturnType<BasicServerCall['getDeadline']> {
    return this.call.getDeadline();
  }

  // Passed on to the handler.

  onReceiveMetadata(metadata: Metadata): void {
    this.observer(metadata);
    this.#run(() => this.#listener?.onReceiveMetadata(metadata));
  }

  onReceiveMessage(message: unknown): void {
    this.#observer?.message('received', message);
    this.#run(() => this.#listener?.onReceiveMessage(message));
  }

  onReceiveHalfClose(): void {
    this.#run(() => this.#listener?.onReceiveHalfClose());
  }

  onCancel(): void {
    const expired = Number(this.getDeadline()) <= Date.now();
    this.#observer?.ended({ code: expired ? Status.DEADLINE_EXCEEDED : Status.CANCELLED });
    this.#run(() => this.#listener?.onCancel());
  }

  #run(callback: () => void): void {
    const propagator = this.#observer?.propagator;
    if (propagator === undefined) callback();
    else propagator.run(callback);
  }
}

/** Does the same for a call with all the members that grpc-js's server interceptors use. */
export class ObservedServerCall extends ObservedCall<ServerCall> implements ServerCall {
  getPeer(): string {
    return this.call.getPeer();
  }

  getHost(): string {
    return this.call.getHost();
  }

  getAuthContext(): ReturnType<ServerCall['getAuthContext']> {
    return this.call.getAuthContext();
  }

  getConnectionInfo(): ReturnType<ServerCall['getConnectionInfo']> {
    return this.call.getConnectionInfo();
  }

  getMetricsRecorder(): ReturnType<ServerCall['getMetricsRecorder']> {
    return this.call.getMetricsRecorder();
  }
}
