import { type Frame, FrameObject } from '@wherry/wire';
import { INITIAL_WINDOW, windowCost } from './flow-window.js';
import { CutMessage } from './message-parts.js';
import { CallParcel, type Parcel } from './outbox.js';
import { Queue } from './queue.js';

/** The parts that can be added to a frame. */
export type FrameParts = Omit<Frame, 'callId' | 'sequence'>;

class WaitingMessage {
  next: WaitingMessage | undefined;

  /** @param cut the message in parts, if it is too large for one record. */
  constructor(
    readonly message: Uint8Array,
    readonly cut: CutMessage | undefined,
    readonly sent: (() => void) | undefined,
  ) {}
}

/**
 * One direction of a call, at its writer. It numbers the frames, puts parts of the same turn into the same frame, and holds messages back
 * until the reader has room for them.
 */
export class Outgoing {
  readonly #callId: string;
  readonly #post: (parcel: Parcel) => void;
  readonly #maxWhole: number;
  readonly #waiting = new Queue<WaitingMessage>();
  #sequence = 0;
  #credit = INITIAL_WINDOW;
  #last: Parcel | undefined;
  /** The end of the direction, while it waits behind messages. Once it is sent, `#endSent` is called. */
  #end: FrameParts | undefined;
  #endSent: (() => void) | undefined;
  #held = false;

  /**
   * @param maxWhole in bytes; a larger message travels in parts.
   * @param post sends a new frame, and decides where it goes.
   */
  constructor(callId: string, maxWhole: number, post: (parcel: Parcel) => void) {
    this.#callId = callId;
    this.#maxWhole = maxWhole;
    this.#post = post;
  }

  /** Sends parts now: in the last frame if that frame is not sealed and the parts fit, or else in a new frame. */
  add(parts: FrameParts): void {
    const last = this.#last;
    if (last !== undefined && !last.sealed && fits(last.frame, parts)) {
      const credit = (last.frame.credit ?? 0) + (parts.credit ?? 0);
      Object.assign(last.frame, parts);
      if (credit > 0) last.frame.credit = credit;
      return;
    }
    this.#begin(Object.assign(new FrameObject(this.#sequence, this.#callId), parts));
  }

  /** Does the same as {@link add} for a whole message and nothing else. Most frames of a stream have only that. */
  #addMessage(message: Uint8Array): void {
    const last = this.#last;
    if (last !== undefined && !last.sealed && fits(last.frame, { message })) last.frame.message = message;
    else {
      const frame = new FrameObject(this.#sequence, this.#callId);
      frame.message = message;
      this.#begin(frame);
    }
  }

  #begin(frame: Frame): void {
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#last = new CallParcel(frame);
    this.#post(this.#last);
  }

  /** Sends a message now, if it need not wait for anything. @returns false if the message must wait: then {@link write} it. */
  offer(message: Uint8Array): boolean {
    if (this.#waiting.first !== undefined || this.#credit <= 0 || this.#held || message.length > this.#maxWhole)
      return false;
    this.#credit -= windowCost(message);
    this.#addMessage(message);
    return true;
  }

  /** Sends a message as soon as the reader has room, then calls `sent`. */
  write(message: Uint8Array, sent?: () => void): void {
    const cut = message.length > this.#maxWhole ? new CutMessage(message, this.#maxWhole) : undefined;
    this.#waiting.push(new WaitingMessage(message, cut, sent));
    this.pump();
  }

  /** Sends `parts`, which end the direction, once all written messages are sent. Then it calls `sent`. */
  end(parts: FrameParts, sent?: () => void): void {
    this.#end = parts;
    this.#endSent = sent;
    this.pump();
  }

  /** The message that is sent next; undefined if none waits. */
  get next(): Uint8Array | undefined {
    return this.#waiting.first?.message;
  }

  /**
   * The reader has room for `credit` more bytes. A reader grants only what it has taken. So if it grants more, the window is only as large
   * as it was at first.
   */
  grant(credit: number): void {
    this.#credit = Math.min(this.#credit + credit, INITIAL_WINDOW);
    this.pump();
  }

  /**
   * Until {@link release}, sends only parts that fit into the frame that is being made, because the other side is not known yet.
   */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.pump();
  }

  /** Drops the messages that were not sent, and lets their writers continue. */
  abandon(): void {
    this.#end = undefined;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next.sent?.();
  }

  /**
   * The call is over and nothing is added to its last frame. Drops the frame, so that code that keeps the call does not keep the frame too.
   */
  close(): void {
    this.#last = undefined;
  }

  /** Sends every part that may be sent now. */
  pump(): void {
    while (this.#credit > 0) {
      const next = this.#waiting.first;
      // A part does not go with an opening: a worker must accept the call first.
      if (next === undefined || (next.cut !== undefined && this.#held) || !this.#mayAdd({ message: next.message }))
        break;
      if (next.cut === undefined) {
        this.#credit -= windowCost(next.message);
        this.#addMessage(next.message);
      } else {
        const part = next.cut.next();
        this.#credit -= windowCost(part.message);
        this.add(part);
        if (!next.cut.done) continue;
      }
      this.#waiting.shift();
      next.sent?.();
    }
    if (this.#waiting.first === undefined && this.#end !== undefined && this.#mayAdd(this.#end)) {
      const parts = this.#end;
      const sent = this.#endSent;
      this.#end = undefined;
      this.#endSent = undefined;
      this.add(parts);
      sent?.();
    }
  }

  #mayAdd(parts: FrameParts): boolean {
    if (!this.#held) return true;
    return this.#last !== undefined && !this.#last.sealed && fits(this.#last.frame, parts);
  }
}

/** Whether parts can be added to a frame. Within a frame the order is fixed: headers, message, end. */
function fits(frame: Frame, parts: FrameParts): boolean {
  if (frame.halfClose || frame.status !== undefined || frame.cancel) return false;
  if (frame.message === undefined) return true;
  return parts.message === undefined && parts.headers === undefined && parts.accept === undefined;
}
