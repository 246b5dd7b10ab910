import { type Metadata, status as Status } from '@grpc/grpc-js';
import type { EndOfCall, ServerCallObserver } from '@wherry/worker';
import type { InboundCall, InboundListener, PartialStatus } from './calls.js';

/** Lets an observer watch an inbound call. If the observer propagates, the listener runs in the async context of the call. */
export class ObservedInboundCall implements InboundCall, InboundListener {
  readonly #call: InboundCall;
  readonly #observerFor: (metadata: Metadata) => ServerCallObserver | undefined;
  #observer: ServerCallObserver | undefined;
  #listener: InboundListener | undefined;

  /** @param observerFor is asked once the call's metadata is there. It returns undefined if nobody watches the call. */
  constructor(call: InboundCall, observerFor: (metadata: Metadata) => ServerCallObserver | undefined) {
    this.#call = call;
    this.#observerFor = observerFor;
  }

  // The listener calls these.

  start(listener: InboundListener): void {
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

  getDeadline(): ReturnType<InboundCall['getDeadline']> {
    return this.#call.getDeadline();
  }

  // The call calls these.

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

  /** The observer takes the first end that it is told, so the cancel that follows a refusal changes nothing. */
  onRefused(status: EndOfCall, metadata: Metadata): void {
    this.#observer ??= this.#observerFor(metadata);
    this.#observer?.ended(status);
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
