import { type Metadata, type ServerInterceptingCallInterface, status as Status } from '@grpc/grpc-js';
import type { ServerCallObserver } from './instrumentation.js';

type Call = ServerInterceptingCallInterface;
/** grpc-js does not name this type in its public interface. */
type Listener = Parameters<Call['start']>[0];
type PartialStatus = Parameters<Call['sendStatus']>[0];

/**
 * Lets an observer watch a call of any grpc-js server. If the observer propagates, the handler runs in the call's own async context.
 *
 * @param observerFor is asked once the call's metadata is there. It returns undefined if nobody watches the call.
 */
export function observeServerCall(
  call: Call,
  observerFor: (metadata: Metadata) => ServerCallObserver | undefined,
): Call {
  return new ObservedServerCall(call, observerFor);
}

/** A class, because a call with some of its methods replaced would slow down every call of the process (docs/performance-notes.md). */
class ObservedServerCall implements Call, Listener {
  readonly #call: Call;
  readonly #observerFor: (metadata: Metadata) => ServerCallObserver | undefined;
  #observer: ServerCallObserver | undefined;
  #listener: Listener | undefined;

  constructor(call: Call, observerFor: (metadata: Metadata) => ServerCallObserver | undefined) {
    this.#call = call;
    this.#observerFor = observerFor;
  }

  // Called by the handler.

  start(listener: Listener): void {
    this.#listener = listener;
    this.#call.start(this);
  }

  startRead(): void {
    this.#call.startRead();
  }

  sendMetadata(metadata: Metadata): void {
    this.#call.sendMetadata(metadata);
  }

  sendMessage(message: unknown, callback: () => void): void {
    this.#observer?.message('sent', message);
    this.#call.sendMessage(message, callback);
  }

  sendStatus(status: PartialStatus): void {
    this.#observer?.ended({ code: Number(status.code ?? Status.UNKNOWN), details: status.details ?? undefined });
    this.#call.sendStatus(status);
  }

  getPeer(): string {
    return this.#call.getPeer();
  }

  getDeadline(): ReturnType<Call['getDeadline']> {
    return this.#call.getDeadline();
  }

  getHost(): string {
    return this.#call.getHost();
  }

  getAuthContext(): ReturnType<Call['getAuthContext']> {
    return this.#call.getAuthContext();
  }

  getConnectionInfo(): ReturnType<Call['getConnectionInfo']> {
    return this.#call.getConnectionInfo();
  }

  getMetricsRecorder(): ReturnType<Call['getMetricsRecorder']> {
    return this.#call.getMetricsRecorder();
  }

  // Passed on to the handler.

  onReceiveMetadata(metadata: Metadata): void {
    this.#observer = this.#observerFor(metadata);
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
