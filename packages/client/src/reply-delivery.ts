import type { InterceptingListener, Metadata, StatusObject } from '@grpc/grpc-js';
import type { Incoming } from '@wherry/kafka/internal';

/**
 * Gives a stub what it may have of a reply: headers at once, a message for each time it asked, the status behind them.
 *
 * One thing a tick, the next scheduled before the listener is called: what a listener throws is then its own, and neither
 * another call's nor the end of this one.
 */
export class ReplyDelivery {
  readonly #messages: Incoming;
  readonly #delivered: () => void;
  #listener: InterceptingListener | undefined;
  #headers: Metadata | undefined;
  #status: StatusObject | undefined;
  #reads = 0;
  #scheduled = false;
  #over = false;

  /** @param delivered is called when the status is, and nothing can follow. */
  constructor(messages: Incoming, delivered: () => void) {
    this.#messages = messages;
    this.#delivered = delivered;
  }

  /** The status was delivered. */
  get over(): boolean {
    return this.#over;
  }

  listen(listener: InterceptingListener): void {
    this.#listener = listener;
    this.deliver();
  }

  /** The stub wants one message more. */
  read(): void {
    this.#reads++;
    this.deliver();
  }

  headers(metadata: Metadata): void {
    this.#headers = metadata;
  }

  /** The call ends with this, behind what has not been read. */
  end(status: StatusObject): void {
    this.#status ??= status;
    this.deliver();
  }

  /** The call ends with this now: what has not been read is dropped, and so is a status that waited behind it. */
  endNow(status: StatusObject): void {
    this.#headers = undefined;
    this.#messages.clear();
    this.#status = status;
    this.deliver();
  }

  /** Delivers what may be delivered. */
  deliver(): void {
    if (this.#scheduled || this.#over || this.#listener === undefined || !this.#deliverable) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      const next = this.#takeNext();
      this.deliver();
      next?.();
    });
  }

  get #deliverable(): boolean {
    if (this.#headers !== undefined) return true;
    return this.#messages.empty ? this.#status !== undefined : this.#reads > 0;
  }

  #takeNext(): (() => void) | undefined {
    const listener = this.#listener;
    if (this.#headers !== undefined) {
      const headers = this.#headers;
      this.#headers = undefined;
      return () => listener?.onReceiveMetadata(headers);
    }
    if (!this.#messages.empty) {
      if (this.#reads === 0) return undefined;
      this.#reads--;
      const message = this.#messages.take();
      return () => listener?.onReceiveMessage(message);
    }
    const status = this.#status;
    if (status === undefined) return undefined;
    this.#over = true;
    this.#delivered();
    return () => listener?.onReceiveStatus(status);
  }
}
