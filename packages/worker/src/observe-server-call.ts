import { type Metadata, type ServerInterceptingCallInterface, status as Status } from '@grpc/grpc-js';
import type { ServerCallHooks } from './instrumentation.js';

type Call = ServerInterceptingCallInterface;
/** grpc-js does not name this type in its public interface. */
type Listener = Parameters<Call['start']>[0];
type PartialStatus = Parameters<Call['sendStatus']>[0];

/**
 * Lets hooks follow a call of any grpc-js server. Its handler runs in the call's own async context.
 *
 * @param hooksFor gives them once the call's metadata is there; undefined: the call is not followed.
 */
export function observeServerCall(call: Call, hooksFor: (metadata: Metadata) => ServerCallHooks | undefined): Call {
  return new ObservedServerCall(call, hooksFor);
}

/** A class, and not a call with some of its methods replaced: that would slow down every call of the process. */
class ObservedServerCall implements Call, Listener {
  readonly #call: Call;
  readonly #hooksFor: (metadata: Metadata) => ServerCallHooks | undefined;
  #hooks: ServerCallHooks | undefined;
  #listener: Listener | undefined;

  constructor(call: Call, hooksFor: (metadata: Metadata) => ServerCallHooks | undefined) {
    this.#call = call;
    this.#hooksFor = hooksFor;
  }

  // What the handler calls.

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
    this.#hooks?.message('sent', message);
    this.#call.sendMessage(message, callback);
  }

  sendStatus(status: PartialStatus): void {
    this.#hooks?.ended({ code: Number(status.code ?? Status.UNKNOWN), details: status.details ?? undefined });
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

  // What comes for the handler.

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
