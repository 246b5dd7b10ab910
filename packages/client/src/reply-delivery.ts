import { type InterceptingListener, type Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import type { Incoming } from '@wherry/endpoint/internal';

/**
 * Gives a stub what it may have of a reply: headers at once, a message for each time it asked, the status behind them.
 *
 * What has come is given in a tick of its own, all that may be given in one go and never one thing within another. What the
 * listener throws is its own, and neither another call's nor the end of this one: the rest is given in the next tick. A
 * message that is there when it is asked for is given at once: a stream then reads all that a record brought it.
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
  /** Nothing was written since the call began. */
  #unwritten = false;
  /** The stub wants one message in all. */
  #wantsOne = false;
  #scheduled = false;
  /** The listener has something in hand. */
  #giving = false;
  #over = false;
  readonly #tick = (): void => {
    this.#scheduled = false;
    this.#giving = true;
    try {
      while (this.#deliverable) this.#giveNext();
    } finally {
      this.#giving = false;
      this.deliver();
    }
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
    this.#unwritten = true;
    this.deliver();
  }

  /** The stub sends something, or ends its request. */
  written(): void {
    this.#unwritten = false;
  }

  /** The stub wants one message more. */
  read(): void {
    if (this.#asked === 0) this.#wantsOne = this.#unwritten;
    this.#reads++;
    this.#asked++;
    if (this.#scheduled || this.#giving) return;
    this.#giving = true;
    while (this.#listener && this.#reads > 0 && this.#headers === undefined && !this.#messages.empty) this.#giveAsked();
    this.#giving = false;
    this.deliver();
  }

  #giveAsked(): void {
    try {
      this.#giveMessage();
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

  /**
   * The call ends with this now. Messages that were not read are dropped, and so is a status that waited behind them. An error that is
   * about to be given stays.
   */
  endNow(status: StatusObject): void {
    if (this.#givesError) return;
    this.#headers = undefined;
    this.#messages.clear();
    this.#status = status;
    this.deliver();
  }

  /** Delivers what may be delivered. */
  deliver(): void {
    if (this.#scheduled || this.#giving || !this.#deliverable) return;
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
   * A stub that wants one message asks once, and does not see that there are two, which is an error, unless it is given
   * both. It asks as it begins, before it writes. One that reads a stream asks later, and must not be given a message that it
   * did not ask for: an interceptor that waits with one has no room for another.
   */
  get #surplus(): boolean {
    return this.#wantsOne && this.#status !== undefined && this.#asked === 1 && this.#delivered === 1;
  }

  #giveNext(): void {
    if (this.#headers !== undefined) this.#giveHeaders(this.#headers);
    else if (!this.#messages.empty) this.#giveMessage();
    else if (this.#status !== undefined) this.#giveStatus(this.#status);
  }

  #giveHeaders(headers: Metadata): void {
    this.#headers = undefined;
    this.#listener?.onReceiveMetadata(headers);
  }

  #giveMessage(): void {
    if (this.#reads > 0) this.#reads--;
    this.#delivered++;
    this.#listener?.onReceiveMessage(this.#messages.take());
  }

  /** The last: nothing follows. */
  #giveStatus(status: StatusObject): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#over = true;
    this.#whenOver();
    listener?.onReceiveStatus(status);
  }
}
