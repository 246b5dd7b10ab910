import { type Metadata, status as Status } from '@grpc/grpc-js';
import type { EndOfCall, ServerCallHooks } from '@wherry/worker';
import type { InboundCall, InboundListener, PartialStatus } from './calls.js';

/** Lets hooks follow an inbound call. Its listener runs in the async context that the hooks give the call. */
export class ObservedInboundCall implements InboundCall, InboundListener {
  readonly #call: InboundCall;
  readonly #hooksFor: (metadata: Metadata) => ServerCallHooks | undefined;
  #hooks: ServerCallHooks | undefined;
  #listener: InboundListener | undefined;

  /** @param hooksFor is asked once the call's metadata is there. Undefined: the call is not followed. */
  constructor(call: InboundCall, hooksFor: (metadata: Metadata) => ServerCallHooks | undefined) {
    this.#call = call;
    this.#hooksFor = hooksFor;
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
    this.#hooks?.message('sent', message);
    this.#call.sendMessage(message, callback);
  }

  sendStatus(status: PartialStatus): void {
    this.#hooks?.ended({ code: Number(status.code ?? Status.UNKNOWN), details: status.details ?? undefined });
    this.#call.sendStatus(status);
  }

  getDeadline(): ReturnType<InboundCall['getDeadline']> {
    return this.#call.getDeadline();
  }

  // The call calls these.

  onReceiveMetadata(metadata: Metadata): void {
    this.#hooks = this.#hooksFor(metadata);
    this.#run(() => this.#listener?.onReceiveMetadata(metadata));
  }

  onReceiveMessage(message: unknown): void {
    this.#hooks?.message('received', message);
    this.#run(() => this.#listener?.onReceiveMessage(message));
  }

  onReceiveHalfClose(): void {
    this.#run(() => this.#listener?.onReceiveHalfClose());
  }

  /** The hooks take the first end that they are told, so the cancel that follows a refusal changes nothing. */
  onRefused(status: EndOfCall, metadata: Metadata): void {
    this.#hooks ??= this.#hooksFor(metadata);
    this.#hooks?.ended(status);
  }

  onCancel(): void {
    const expired = Number(this.getDeadline()) <= Date.now();
    this.#hooks?.ended({ code: expired ? Status.DEADLINE_EXCEEDED : Status.CANCELLED });
    this.#run(() => this.#listener?.onCancel());
  }

  #run(callback: () => void): void {
    if (this.#hooks === undefined) callback();
    else this.#hooks.run(callback);
  }
}
