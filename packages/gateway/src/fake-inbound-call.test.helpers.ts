import { Metadata } from '@grpc/grpc-js';
import type { InboundCall, InboundListener, PartialStatus } from './calls.js';

/** An inbound call without a network. Its messages are texts here. */
export class FakeInboundCall implements InboundCall {
  readonly sent: string[] = [];
  status: PartialStatus | undefined;
  /** How often the listener has asked for a message. */
  reads = 0;
  readonly #deadline: number;
  #listener: InboundListener | undefined;
  #takers: (() => void)[] = [];

  constructor(deadline = Number.POSITIVE_INFINITY) {
    this.#deadline = deadline;
  }

  start(listener: InboundListener): void {
    this.#listener = listener;
    listener.onReceiveMetadata(new Metadata());
  }

  startRead(): void {
    this.reads++;
  }

  sendMetadata(): void {}

  sendMessage(message: Buffer, callback: () => void): void {
    this.sent.push(String(message));
    this.#takers.push(callback);
  }

  sendStatus(status: PartialStatus): void {
    this.status = status;
  }

  getDeadline(): number {
    return this.#deadline;
  }

  receive(text: string): void {
    this.#listener?.onReceiveMessage(Buffer.from(text));
  }

  halfClose(): void {
    this.#listener?.onReceiveHalfClose();
  }

  cancel(): void {
    this.#listener?.onCancel();
  }

  /** Makes room for the next message. */
  drain(): void {
    const takers = this.#takers;
    this.#takers = [];
    for (const taker of takers) taker();
  }
}
