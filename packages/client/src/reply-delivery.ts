import { type InterceptingListener, type Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import type { Incoming } from '@wherry/endpoint/internal';

/**
 * Delivers a reply to a stub: the headers at once, one message for each read, and the status after all messages.
 *
 * A delivery runs in a separate tick. It delivers everything that may be delivered, one part after another. An error that the listener
 * throws does not reach other calls and does not end this one: the rest is delivered in the next tick. If a message has come already when
 * the stub reads, the message is delivered at once, so that a stream reads all messages of a record in one go.
 */
export class ReplyDelivery {
  readonly #messages: Incoming;
  readonly #whenOver: () => void;
  #listener: InterceptingListener | undefined;
  #headers: Metadata | undefined;
  #status: StatusObject | undefined;
  /** How many reads have no message yet. */
  #reads = 0;
  /** How many reads there were in all. */
  #asked = 0;
  #delivered = 0;
  /** The stub has written nothing since the call began. */
  #unwritten = false;
  /** The stub wants exactly one message. */
  #wantsOne = false;
  #scheduled = false;
  /** The listener is being called. */
  #delivering = false;
  #over = false;
  readonly #tick = (): void => {
    this.#scheduled = false;
    this.#delivering = true;
    try {
      while (this.#deliverable) this.#deliverNext();
    } finally {
      this.#delivering = false;
      this.deliver();
    }
  };

  /** @param whenOver is called when the status is delivered. Nothing is delivered after it. */
  constructor(messages: Incoming, whenOver: () => void) {
    this.#messages = messages;
    this.#whenOver = whenOver;
  }

  /** The status was delivered. */
  get over(): boolean {
    return this.#over;
  }

  listen(listener: InterceptingListener): void {
    this.#listener = listener;
    this.#unwritten = true;
    this.deliver();
  }

  /** The stub sends a message, or ends its request. */
  written(): void {
    this.#unwritten = false;
  }

  /** The stub wants one more message. */
  read(): void {
    if (this.#asked === 0) this.#wantsOne = this.#unwritten;
    this.#reads++;
    this.#asked++;
    if (this.#scheduled || this.#delivering) return;
    this.#delivering = true;
    while (this.#listener && this.#reads > 0 && this.#headers === undefined && !this.#messages.empty)
      this.#deliverRequested();
    this.#delivering = false;
    this.deliver();
  }

  #deliverRequested(): void {
    try {
      this.#deliverMessage();
    } catch (error) {
      // The error must not reach the code that reads, so it is thrown in a separate tick.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  headers(metadata: Metadata): void {
    this.#headers = metadata;
  }

  /** The call ends with this status, which is delivered after the messages that were not read yet. */
  end(status: StatusObject): void {
    this.#status ??= status;
    this.deliver();
  }

  /**
   * The call ends with this status now. Messages that were not read are dropped, and so is a status that waited behind them. But if an
   * error status is the next part to be delivered, that status stays.
   */
  endNow(status: StatusObject): void {
    if (this.#givesError) return;
    this.#headers = undefined;
    this.#messages.clear();
    this.#status = status;
    this.deliver();
  }

  /** Schedules a delivery, if any part of the reply may be delivered. */
  deliver(): void {
    if (this.#scheduled || this.#delivering || !this.#deliverable) return;
    this.#scheduled = true;
    process.nextTick(this.#tick);
  }

  get #givesError(): boolean {
    if (this.#status === undefined || this.#status.code === Status.OK) return false;
    return this.#headers === undefined && this.#messages.empty;
  }

  get #deliverable(): boolean {
    if (this.#listener === undefined) return false;
    if (this.#headers !== undefined) return true;
    return this.#messages.empty ? this.#status !== undefined : this.#reads > 0 || this.#surplus;
  }

  /**
   * Whether a second message is delivered without a read. A stub that wants exactly one message reads once, when it begins and before it
   * writes. It must fail if two messages come, and notices that only if both are delivered. A stub that reads a stream reads later. It must
   * not get a message that it did not ask for: an interceptor that holds one message back has no room for another.
   */
  get #surplus(): boolean {
    return this.#wantsOne && this.#status !== undefined && this.#asked === 1 && this.#delivered === 1;
  }

  #deliverNext(): void {
    if (this.#headers !== undefined) this.#deliverHeaders(this.#headers);
    else if (!this.#messages.empty) this.#deliverMessage();
    else if (this.#status !== undefined) this.#deliverStatus(this.#status);
  }

  #deliverHeaders(headers: Metadata): void {
    this.#headers = undefined;
    this.#listener?.onReceiveMetadata(headers);
  }

  #deliverMessage(): void {
    if (this.#reads > 0) this.#reads--;
    this.#delivered++;
    this.#listener?.onReceiveMessage(this.#messages.take());
  }

  /** Delivers the status. Nothing is delivered after it. */
  #deliverStatus(status: StatusObject): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#over = true;
    this.#whenOver();
    listener?.onReceiveStatus(status);
  }
}
