import type { InterceptingListener, Metadata, StatusObject } from '@grpc/grpc-js';
import type { Incoming } from '@wherry/kafka/internal';

/**
 * Gives a stub what it may have of a reply: headers at once, a message for each time it asked, the status behind them.
 *
 * What has come is given in a tick, one thing a tick; the next is scheduled before the listener is called, so that what that
 * throws is its own, and neither another call's nor the end of this one. A message that is there when it is asked for is
 * given at once: a stream then reads all that a record brought it in one go.
 */
export class ReplyDelivery {
  readonly #messages: Incoming;
  readonly #whenOver: () => void;
  #listener: InterceptingListener | undefined;
  #headers: Metadata | undefined;
  #status: StatusObject | undefined;
  /** Messages that were asked for and not delivered yet; `#asked` is how often was asked at all. */
  #reads = 0;
  #asked = 0;
  #delivered = 0;
  #scheduled = false;
  /** The listener has a message in hand. */
  #giving = false;
  #over = false;
  readonly #tick = (): void => {
    this.#scheduled = false;
    this.#deliverNext();
  };

  /** @param whenOver is called when the status is delivered, and nothing can follow. */
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
    this.deliver();
  }

  /** The stub wants one message more. */
  read(): void {
    this.#reads++;
    this.#asked++;
    this.#giveAsked();
  }

  /** One after the other, never one within the other. */
  #giveAsked(): void {
    if (this.#scheduled || this.#giving || this.#listener === undefined) return;
    this.#giving = true;
    while (this.#reads > 0 && this.#headers === undefined && !this.#messages.empty) this.#giveMessage();
    this.#giving = false;
    this.deliver();
  }

  #giveMessage(): void {
    this.#reads--;
    this.#delivered++;
    try {
      this.#listener?.onReceiveMessage(this.#messages.take());
    } catch (error) {
      // Not to the one who asks: it is thrown as in a tick.
      process.nextTick(() => {
        throw error;
      });
    }
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
    process.nextTick(this.#tick);
  }

  get #deliverable(): boolean {
    if (this.#headers !== undefined) return true;
    return this.#messages.empty ? this.#status !== undefined : this.#reads > 0 || this.#surplus;
  }

  /**
   * A stub that wants one message asks once, and does not see that there are two, which is an error, unless it is given
   * both. To one that reads a stream and has only begun, one message more than it asked for does no harm.
   */
  get #surplus(): boolean {
    return this.#status !== undefined && this.#asked === 1 && this.#delivered === 1;
  }

  /** Delivers one thing, behind the scheduling of the next. */
  #deliverNext(): void {
    const headers = this.#headers;
    const status = this.#status;
    if (headers !== undefined) {
      this.#headers = undefined;
      this.deliver();
      this.#listener?.onReceiveMetadata(headers);
    } else if (!this.#messages.empty) {
      if (this.#reads > 0) this.#reads--;
      else if (!this.#surplus) return;
      this.#delivered++;
      const message = this.#messages.take();
      this.deliver();
      this.#giving = true;
      try {
        this.#listener?.onReceiveMessage(message);
      } finally {
        this.#giving = false;
        this.#giveAsked();
      }
    } else if (status !== undefined) {
      const listener = this.#listener;
      this.#over = true;
      this.#listener = undefined;
      this.#whenOver();
      listener?.onReceiveStatus(status);
    }
  }
}
