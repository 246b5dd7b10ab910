/** Takes the messages of a request, and its end. */
export interface RequestListener {
  onReceiveMessage(message: Buffer): void;
  onReceiveHalfClose(): void;
}

/** A message's place in its request, while the message is still being decompressed. */
export interface PendingMessage {
  /** Undefined until the message is there. */
  message: Buffer | undefined;
}

/**
 * Gives a listener the messages of a request in order, and then the end of the request. Each time that the listener asks, it gets one
 * message or the end. If it asks again before it returns, it gets the next one after it has returned.
 */
export class RequestDelivery {
  readonly #arrived: (Buffer | PendingMessage)[] = [];
  #listener: RequestListener | undefined;
  /** The listener asked, and has not got anything yet. */
  #wanted = false;
  #delivering = false;
  #requestEnded = false;
  #endDelivered = false;

  /** Whether nothing waits to be delivered. */
  get empty(): boolean {
    return this.#arrived.length === 0;
  }

  begin(listener: RequestListener): void {
    this.#listener = listener;
  }

  /** The listener asks for the next message, or the end. */
  ask(): void {
    this.#wanted = true;
  }

  /** A message came, or will be set in this place. */
  push(message: Buffer | PendingMessage): void {
    this.#arrived.push(message);
  }

  /** No message follows those that came. */
  end(): void {
    this.#requestEnded = true;
  }

  /** Drops everything: nothing more is delivered. */
  stop(): void {
    this.#listener = undefined;
    this.#arrived.length = 0;
  }

  /**
   * Delivers the messages that have arrived, as long as the listener asks for them.
   *
   * @returns true if the listener asks for more than has arrived and the request has not ended.
   */
  deliver(): boolean {
    if (this.#delivering) return false;
    this.#delivering = true;
    try {
      while (this.#wanted && this.#listener !== undefined) {
        const next = this.#arrived[0];
        if (next === undefined) return this.#deliverEnd(this.#listener);
        const message = Buffer.isBuffer(next) ? next : next.message;
        if (message === undefined) return false;
        this.#wanted = false;
        this.#arrived.shift();
        this.#listener.onReceiveMessage(message);
      }
      return false;
    } finally {
      this.#delivering = false;
    }
  }

  /** @returns whether the request has not ended. */
  #deliverEnd(listener: RequestListener): boolean {
    if (!this.#requestEnded) return true;
    if (this.#endDelivered) return false;
    this.#wanted = false;
    this.#endDelivered = true;
    listener.onReceiveHalfClose();
    return false;
  }
}
